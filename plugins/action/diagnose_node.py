# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller half of podnet.diagnostics.diagnose_node: one phase of the plan on one node, its result into the
bundle.
"""

from __future__ import annotations

import time
import typing as t

from ansible.errors import AnsibleConnectionFailure, AnsibleError

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._action import ControllerAction, Result
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._captures import (
    capture_wanted,
    markers,
    plan_captures,
    reprobes,
    store_captures,
    traces,
)

PREFIX = "podnet.diagnostics."
LOST = "Cannot reach"
PHASES = ("snapshot", "probe", "capture_start", "reprobe", "capture_stop")


class _Skip(Exception):
    """The phase has nothing to do here; the text says why."""


class _PhaseError(Exception):
    """The phase could not be measured on this node; the text says why."""


class ActionModule(ControllerAction):
    """Runs a node module with what the plan says, and stores what comes back.

    A node that cannot be measured never fails the run: the phase ends as "error" with its reason in the bundle.
    """

    _requires_connection = True

    ARGUMENTS: t.ClassVar[dict[str, t.Any]] = {
        "bundle": {"type": "path", "required": True},
        "node": {"type": "str", "required": True},
        "phase": {"type": "str", "required": True, "choices": list(PHASES)},
        "unavailable": {"type": "str"},
    }

    def run_checked(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        """Returns status (done, skipped or error) and text."""
        bundle = Bundle.open(arguments["bundle"])
        node, phase = arguments["node"], arguments["phase"]
        started = time.monotonic()
        status, text = "done", ""
        lost = _lost(bundle, node)
        bundle.add_event(node, phase, "started")
        try:
            if arguments["unavailable"] or lost:
                raise _PhaseError(arguments["unavailable"] or lost)
            text = getattr(self, f"_{phase}")(bundle, node, task_vars)
        except _Skip as exc:
            status, text = "skipped", str(exc)
        except _PhaseError as exc:
            status, text = "error", str(exc)
        except AnsibleConnectionFailure as exc:
            status, text = "error", f"{LOST} {node}: {_first_line(exc)}"
        except AnsibleError as exc:
            status, text = "error", f"Cannot run {phase} on {node}: {_first_line(exc)}"
        bundle.add_event(node, phase, status, text, time.monotonic() - started)
        result: Result = {"status": status, "msg": text}
        return {**result, "skipped": True, "skip_reason": text} if status == "skipped" else result

    # -- phases ----------------------------------------------------------------------------------------------
    def _snapshot(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        work = bundle.plan()["work"][node]
        arguments = {"node": node, "pods": work["pods"], "pod_namespaces": work["pod_namespaces"]}
        snapshot = self._module("node_snapshot", arguments, task_vars)["snapshot"]
        path = bundle.write_snapshot(node, snapshot)
        errors = len(snapshot.get("errors") or [])
        return f"{path.stat().st_size} bytes" + (f", {errors} parts could not be read" if errors else "")

    def _probe(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        return self._run_probes(bundle, node, "probe", bundle.plan()["work"][node]["probes"], task_vars)

    def _capture_start(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        _need_capture(bundle)
        plan = plan_captures(bundle, node)
        if not plan.devices:
            raise _Skip("no device of the path is known on this node")
        result = self._module("capture", {"state": "started", **plan.to_arguments()}, task_vars)
        bundle.write_json(f"captures/{node}.started.json", {**plan.to_arguments(), "started": result["devices"]})
        running = [device["name"] for device in result["devices"] if not device.get("error")]
        if not running:
            raise _PhaseError("; ".join(str(device.get("error")) for device in result["devices"]))
        return f"capturing on {', '.join(running)}"

    def _reprobe(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        _need_capture(bundle)
        return self._run_probes(
            bundle, node, "capture", [*reprobes(bundle, node), *self._beside(bundle, node)], task_vars
        )

    def _capture_stop(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        if not bundle.path(f"captures/{node}.started.json").exists():
            raise _Skip("no capture was started here")
        arguments = {"state": "stopped", "run_id": bundle.plan()["run_id"]}
        stopped = self._module("capture", arguments, task_vars)
        return store_captures(bundle, node, stopped["captures"], stopped.get("kernel"))

    def _beside(self, bundle: Bundle, node: str) -> list[dict[str, t.Any]]:
        """What the source's node sends beside the probes that are repeated."""
        return [*markers(bundle), *traces(bundle)] if node == (bundle.plan()["source"] or {}).get("node") else []

    # -- helpers ---------------------------------------------------------------------------------------------
    def _run_probes(
        self, bundle: Bundle, node: str, phase: str, requests: list[dict[str, t.Any]], task_vars: dict[str, t.Any]
    ) -> str:
        if not requests:
            raise _Skip("no probe starts on this node")
        arguments = {"pods": bundle.plan()["work"][node]["pods"], "probes": requests}
        results = self._module("probe", arguments, task_vars)["results"]
        bundle.add_probes(node, phase, requests, results)
        passed = sum(1 for result in results if result["status"] == "pass")
        return f"{passed} of {len(results)} probes passed"

    def _module(self, name: str, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        result = t.cast(Result, self._execute_module(PREFIX + name, arguments, task_vars=task_vars))
        if result.get("failed") or result.get("unreachable"):
            reason = " ".join(str(result.get(key) or "") for key in ("msg", "module_stderr")).strip()
            raise _PhaseError(f"Cannot run {name} on the node: {reason[:500] or 'no reason given'}")
        return result


def _lost(bundle: Bundle, node: str) -> str:
    """Why there is no use in trying this node again: an earlier phase lost it, or was ended from outside."""
    events = [event for event in bundle.events() if event["node"] == node]
    if not events:
        return ""
    last = events[-1]
    if last["status"] == "started":
        return f'{LOST} {node}: its task "{last["phase"]}" did not end in time'
    return str(last["text"]) if last["status"] == "error" and last["text"].startswith(LOST) else ""


def _need_capture(bundle: Bundle) -> None:
    wanted, reason = capture_wanted(bundle)
    if not wanted:
        raise _Skip(reason)


def _first_line(exc: Exception) -> str:
    return (str(exc).strip().splitlines() or ["no reason given"])[0]
