# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller half of podnet.diagnostics.diagnose_node: one phase of the plan on one node, its result into the
bundle.
"""

from __future__ import annotations

import functools
import time
import typing as t

from ansible.errors import AnsibleConnectionFailure, AnsibleError, AnsiblePromptInterrupt, AnsiblePromptNoninteractive
from ansible.utils.display import Display

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import STREAM_LOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._action import ControllerAction, Result
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle, utc_now
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._captures import (
    capture_wanted,
    markers,
    plan_captures,
    reprobes,
    store_captures,
    store_ring,
    traces,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._dose import probing
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._watch import (
    BUSY_SECONDS,
    COUNTERS,
    FAILURE,
    ROUND_SECONDS,
    SLACK_SECONDS,
    Watched,
    dose_requests,
    is_watched,
    watch_requests,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._task import Task
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._watcher import Charge, watch

PREFIX = "podnet.diagnostics."
LOST = "Cannot reach"
AGENT = "podnet.diagnostics.node_agent"
# An SSH connection that broke by then was not lost by waiting for a node that is dead.
SOON_SECONDS = 5.0
# What all probes of a node together may take, beside the time that an idle connection waits.
PROBE_SECONDS = 30.0
PHASES = (
    "snapshot",
    "probe",
    "watch_start",
    "watch",
    "watch_dose",
    "watch_stop",
    "capture_start",
    "reprobe",
    "capture_stop",
)


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
        "silent": {"type": "bool", "default": False},
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
            cause = _first_line(exc).removeprefix(f"{LOST} node {node}: ")  # the connection may have said it
            status, text = "error", f"{LOST} {node}: {cause}"
        except AnsibleError as exc:
            status, text = "error", f"Cannot run {phase} on {node}: {_first_line(exc)}"
        bundle.add_event(node, phase, status, text, time.monotonic() - started, arguments["silent"])
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
        requests, counting = probing(bundle.plan(), bundle.snapshots(), node)
        return self._run_probes(bundle, node, "probe", requests, task_vars, counting)

    def _watch_start(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        """Arm the capture whose newest packets are kept when a round goes wrong."""
        minutes = _need_watch(bundle)
        if bundle.plan()["options"]["capture"] == "never":
            raise _Skip("captures are switched off (diagnose_capture is never)")
        plan = plan_captures(bundle, node)
        if not plan.devices:
            raise _Skip("no device of the path is known on this node")
        if not self._in_agent():
            watch(Charge(lambda: _has(bundle, node, "watch_stop"), lambda: self._forget_capture(bundle, task_vars)))
        result = self._module("capture", {"state": "started", **plan.ring(60.0 * minutes + SLACK_SECONDS)}, task_vars)
        running = [device["name"] for device in result["devices"] if not device.get("error")]
        if not running:
            raise _PhaseError("; ".join(str(device.get("error")) for device in result["devices"]))
        return f"the newest packets of {', '.join(running)} are kept"

    def _watch(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        """Rounds of gentle bursts from the source until one goes wrong, the minutes are over or somebody ends it."""
        minutes = _need_watch(bundle)
        plan = bundle.plan()
        requests = plan["work"][node]["probes"]
        if node != (plan["source"] or {}).get("node") or not watch_requests(requests, 0):
            raise _Skip("nothing is watched from this node")
        watched, started, display = Watched(), time.monotonic(), Display()
        arguments = {"pods": plan["work"][node]["pods"], "timeout": PROBE_SECONDS, "counters": True}
        arguments["counted_pods"] = plan["work"][node]["counted_pods"]
        going_on = True
        while going_on and time.monotonic() - started < 60.0 * minutes:
            began = time.monotonic()
            gentle = watch_requests(requests, watched.rounds + 1)
            # The terminal is asked beside the probes whether somebody has had enough: Ctrl-C would end the playbook.
            task = Task(functools.partial(self._module, "probe", {**arguments, "probes": gentle}, task_vars))
            going_on = _wait(display, watched.text(began - started), BUSY_SECONDS)
            answer = task.result()
            if watched.add(answer["results"]):
                bundle.add_probes(node, "probe", gentle, answer["results"])
                bundle.write_json(FAILURE, {"node": node, "time": utc_now(), "text": watched.failed})
                if answer.get("counters"):
                    bundle.write_json(COUNTERS, answer["counters"])
                break
            left = min(began + ROUND_SECONDS, started + 60.0 * minutes) - time.monotonic()
            going_on = going_on and (left < 1 or _wait(display, "", left))
        return watched.text(time.monotonic() - started) + ("" if going_on else "; ended by hand")

    def _watch_dose(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        """The whole dose once more while the failure lasts, with the counters of all nodes around it."""
        if not bundle.path(FAILURE).exists():
            raise _Skip("nothing went wrong while it was watched")
        requests, counting = probing(bundle.plan(), {}, node)
        return self._run_probes(bundle, node, "probe", dose_requests(requests), task_vars, counting)

    def _watch_stop(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        """End the armed capture; its packets are kept where something went wrong."""
        armed = [event for event in bundle.events() if event["node"] == node and event["phase"] == "watch_start"]
        if not armed or armed[-1]["status"] != "done":
            raise _Skip("no capture was armed here")
        arguments = {"state": "stopped", "run_id": bundle.plan()["run_id"]}
        stopped = self._module("capture", arguments, task_vars)
        if not bundle.path(FAILURE).exists():
            raise _Skip("nothing went wrong while it was watched: the packets are not kept")
        return store_ring(bundle, node, stopped["captures"], plan_captures(bundle, node).filter)

    def _capture_start(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        _need_capture(bundle)
        plan = plan_captures(bundle, node)
        if not plan.devices:
            raise _Skip("no device of the path is known on this node")
        if not self._in_agent():
            watch(Charge(lambda: _has(bundle, node, "capture_stop"), lambda: self._forget_capture(bundle, task_vars)))
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
        # An agent's files go with its pod.
        arguments = {"state": "stopped", "run_id": bundle.plan()["run_id"], "keep": self._in_agent()}
        stopped = self._module("capture", arguments, task_vars)
        return store_captures(bundle, node, stopped)

    def _beside(self, bundle: Bundle, node: str) -> list[dict[str, t.Any]]:
        """What the source's node sends beside the probes that are repeated."""
        return [*markers(bundle), *traces(bundle)] if node == (bundle.plan()["source"] or {}).get("node") else []

    def _forget_capture(self, bundle: Bundle, task_vars: dict[str, t.Any]) -> None:
        """In a process of its own, when the playbook is gone: what a capture left on the node goes."""
        self._connection.reset()
        arguments = {"state": "stopped", "run_id": bundle.plan()["run_id"]}
        self._execute_module(PREFIX + "capture", arguments, task_vars=task_vars)

    # -- helpers ---------------------------------------------------------------------------------------------
    def _run_probes(
        self,
        bundle: Bundle,
        node: str,
        phase: str,
        requests: list[dict[str, t.Any]],
        task_vars: dict[str, t.Any],
        counting: dict[str, t.Any] | None = None,
    ) -> str:
        if not requests and not counting:
            raise _Skip("no probe starts on this node")
        longest = max((float(request.get("idle") or 0.0) for request in requests), default=0.0)
        arguments = {
            "pods": bundle.plan()["work"][node]["pods"],
            "probes": requests,
            "timeout": PROBE_SECONDS + longest,
        }
        answer = self._module("probe", {**arguments, **(counting or {})}, task_vars)
        if answer.get("counters"):
            bundle.write_counters(node, answer["counters"])
        if not requests:
            raise _Skip("no probe starts on this node; its counters were read")
        results = answer["results"]
        bundle.add_probes(node, phase, requests, results)
        passed = sum(1 for result in results if result["status"] == "pass")
        return f"{passed} of {len(results)} probes passed"

    def _in_agent(self) -> bool:
        return str(getattr(self._connection, "transport", "")) == AGENT

    def _module(self, name: str, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        started = time.monotonic()
        try:
            result = t.cast(Result, self._execute_module(PREFIX + name, arguments, task_vars=task_vars))
        except AnsibleConnectionFailure as exc:
            if not _resumable(exc, time.monotonic() - started):
                raise
            # Snapshots and probes may be taken twice, a capture that runs already is found, and one that was stopped
            # has left its packets.
            self._connection.reset()
            result = t.cast(Result, self._execute_module(PREFIX + name, arguments, task_vars=task_vars))
        if result.get("failed") or result.get("unreachable"):
            reason = " ".join(str(result.get(key) or "") for key in ("msg", "module_stderr")).strip()
            raise _PhaseError(f"Cannot run {name} on the node: {reason[:500] or 'no reason given'}")
        return result


def _has(bundle: Bundle, node: str, phase: str) -> bool:
    """Whether a phase has begun on a node, or nobody can tell any more."""
    return not bundle.root.exists() or any(
        event["node"] == node and event["phase"] == phase for event in bundle.events()
    )


def _need_watch(bundle: Bundle) -> int:
    """For how many minutes to watch."""
    minutes = int((bundle.plan()["options"].get("amounts") or {}).get("watch") or 0)
    if not minutes:
        raise _Skip("diagnose_watch is not set")
    if any(record["result"]["status"] == "fail" for record in bundle.probes() if not is_watched(record["request"])):
        raise _Skip("a probe failed already")
    return minutes


def _wait(display: Display, progress: str, seconds: float) -> bool:
    """Let time pass, with the progress shown; False when somebody at the terminal has had enough (Ctrl-C)."""
    text = f"{progress} (Ctrl-C ends it)" if progress else ""
    try:
        display.prompt_until(text, seconds=max(1, round(seconds)), interrupt_input=(b"\x03",))
    except AnsiblePromptInterrupt:
        return False
    except (AnsiblePromptNoninteractive, OSError):
        # There is no terminal, or one that somebody else is in charge of (ENOTTY): nobody can be asked.
        if progress:
            display.display(progress)
        time.sleep(max(0.0, seconds))
    return True


def _lost(bundle: Bundle, node: str) -> str:
    """Why there is no use in trying this node again: an earlier phase lost it, or was ended from outside."""
    events = [event for event in bundle.events() if event["node"] == node]
    if not events:
        return ""
    last = events[-1]
    if last["status"] == "started":
        return f'{LOST} {node}: its task "{last["phase"]}" did not end in time'
    return str(last["text"]) if last["status"] == "error" and last["text"].startswith(LOST) else ""


def _resumable(exc: AnsibleConnectionFailure, seconds: float) -> bool:
    """Whether the way to the node broke while it was used and may be there again: once a task, and soon or never."""
    text = str(exc)
    if STREAM_LOST in text:
        return True
    return seconds < SOON_SECONDS and any(words in text for words in ("closed", "reset by peer"))


def _need_capture(bundle: Bundle) -> None:
    wanted, reason = capture_wanted(bundle)
    if not wanted:
        raise _Skip(reason)


def _first_line(exc: Exception) -> str:
    return (str(exc).strip().splitlines() or ["no reason given"])[0]
