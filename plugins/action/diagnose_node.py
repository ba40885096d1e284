# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller half of podnet.diagnostics.diagnose_node: one phase of the plan on one node, its result into the
bundle.
"""

from __future__ import annotations

import base64
import functools
import gzip
import json
import time
import typing as t

from ansible.errors import AnsibleConnectionFailure
from ansible.utils.display import Display

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._action import Result
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle, utc_now
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._node_action import (
    LOOK_SECONDS,
    PREFIX,
    NodeAction,
    PhaseError,
    SkipError,
    has_begun,
    is_late,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._captures import (
    capture_wanted,
    markers,
    plan_captures,
    reprobes,
    store_captures,
    store_ring,
    traces,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._dose import idle_to_try, probing, tracked
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._identity import another_machine
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
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._terminal import wait
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._watcher import Charge, watch

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
    "late",
)


class ActionModule(NodeAction):
    """Runs a node module with what the plan says, and stores what comes back."""

    ARGUMENTS: t.ClassVar[dict[str, t.Any]] = {
        "bundle": {"type": "path", "required": True},
        "node": {"type": "str", "required": True},
        "phase": {"type": "str", "required": True, "choices": list(PHASES)},
        "unavailable": {"type": "str"},
        "silent": {"type": "bool", "default": False},
        "pending": {"type": "bool", "default": False},
    }

    def run_checked(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        """Returns status (done, skipped, late or error) and text."""
        if arguments["phase"] != "late":
            return super().run_checked(arguments, task_vars)
        bundle = Bundle.open(arguments["bundle"])
        while is_late(bundle, arguments["node"]):
            time.sleep(LOOK_SECONDS)
        return {"status": "done", "msg": f"{arguments['node']} is waited for no more"}

    def _needed_beside(self, bundle: Bundle, node: str, phase: str) -> str:
        """Everything starts from the source's node; a node that does not answer is not noticed after its snapshot."""
        plan = bundle.plan()
        source = str((plan["source"] or {}).get("node") or "")
        others = set(plan["work"]) - set(plan["outside_limit"]) - {node}
        return source if phase == "snapshot" and source in others else ""

    # -- phases ----------------------------------------------------------------------------------------------
    def _snapshot(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        work = bundle.plan()["work"][node]
        arguments = {"node": node, "pods": work["pods"], "pod_namespaces": work["pod_namespaces"], **tracked(work)}
        answer = self._module("node_snapshot", {**arguments, "packed": True}, task_vars)
        packed = base64.b64decode(answer["packed"])
        # An agent is where it was sent.
        if not self._in_agent():
            _need_identity(bundle, node, packed)
        # It is unpacked by who needs it: what a node says may be large, and this is one of many nodes.
        path = bundle.write_packed_snapshot(node, packed)
        errors = answer["unread"]
        return f"{path.stat().st_size} bytes" + (f", {errors} parts could not be read" if errors else "")

    def _probe(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        seconds = bundle.idle()
        if seconds is None:
            seconds = idle_to_try(bundle.plan(), (snapshot for _name, snapshot in bundle.each_snapshot()))
        requests, counting = probing(bundle.plan(), seconds, node)
        return self._run_probes(bundle, node, "probe", requests, task_vars, counting)

    def _watch_start(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        """Arm the capture whose newest packets are kept when a round goes wrong."""
        minutes = _need_watch(bundle)
        if bundle.plan()["options"]["capture"] == "never":
            raise SkipError("captures are switched off (diagnose_capture is never)")
        plan = plan_captures(bundle, node)
        if not plan.devices:
            raise SkipError("no device of the path is known on this node")
        if not self._in_agent():
            watch(
                Charge(lambda: has_begun(bundle, node, "watch_stop"), lambda: self._forget_capture(bundle, task_vars))
            )
        result = self._module("capture", {"state": "started", **plan.ring(60.0 * minutes + SLACK_SECONDS)}, task_vars)
        running = [device["name"] for device in result["devices"] if not device.get("error")]
        if not running:
            raise PhaseError("; ".join(str(device.get("error")) for device in result["devices"]))
        return f"the newest packets of {', '.join(running)} are kept"

    def _watch(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        """Rounds of gentle bursts from the source until one goes wrong, the minutes are over or somebody ends it."""
        minutes = _need_watch(bundle)
        plan = bundle.plan()
        requests = plan["work"][node]["probes"]
        if node != (plan["source"] or {}).get("node") or not watch_requests(requests, 0):
            raise SkipError("nothing is watched from this node")
        watched, started, display = Watched(), time.monotonic(), Display()
        arguments = {"pods": plan["work"][node]["pods"], "timeout": PROBE_SECONDS, "counters": True}
        arguments["counted_pods"] = plan["work"][node]["counted_pods"]
        going_on = True
        while going_on and time.monotonic() - started < 60.0 * minutes:
            began = time.monotonic()
            gentle = watch_requests(requests, watched.rounds + 1)
            # The terminal is asked beside the probes whether somebody has had enough: Ctrl-C would end the playbook.
            task = Task(functools.partial(self._module, "probe", {**arguments, "probes": gentle}, task_vars))
            going_on = wait(display, watched.text(began - started), BUSY_SECONDS)
            answer = task.result()
            if watched.add(answer["results"]):
                bundle.add_probes(node, "probe", gentle, answer["results"])
                bundle.write_json(FAILURE, {"node": node, "time": utc_now(), "text": watched.failed})
                if answer.get("counters"):
                    bundle.write_json(COUNTERS, answer["counters"])
                break
            left = min(began + ROUND_SECONDS, started + 60.0 * minutes) - time.monotonic()
            going_on = going_on and (left < 1 or wait(display, "", left))
        return watched.text(time.monotonic() - started) + ("" if going_on else "; ended by hand")

    def _watch_dose(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        """The whole dose once more while the failure lasts, with the counters of all nodes around it."""
        if not bundle.path(FAILURE).exists():
            raise SkipError("nothing went wrong while it was watched")
        requests, counting = probing(bundle.plan(), 0, node)
        return self._run_probes(bundle, node, "probe", dose_requests(requests), task_vars, counting)

    def _watch_stop(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        """End the armed capture; its packets are kept where something went wrong."""
        armed = [event for event in bundle.events() if event["node"] == node and event["phase"] == "watch_start"]
        if not armed or armed[-1]["status"] != "done":
            raise SkipError("no capture was armed here")
        arguments = {"state": "stopped", "run_id": bundle.plan()["run_id"]}
        stopped = self._module("capture", arguments, task_vars)
        if not bundle.path(FAILURE).exists():
            raise SkipError("nothing went wrong while it was watched: the packets are not kept")
        return store_ring(bundle, node, stopped["captures"], plan_captures(bundle, node).filter)

    def _capture_start(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        _need_capture(bundle)
        plan = plan_captures(bundle, node)
        if not plan.devices:
            raise SkipError("no device of the path is known on this node")
        if not self._in_agent():
            watch(
                Charge(lambda: has_begun(bundle, node, "capture_stop"), lambda: self._forget_capture(bundle, task_vars))
            )
        result = self._module("capture", {"state": "started", **plan.to_arguments()}, task_vars)
        bundle.write_json(f"captures/{node}.started.json", {**plan.to_arguments(), "started": result["devices"]})
        running = [device["name"] for device in result["devices"] if not device.get("error")]
        if not running:
            raise PhaseError("; ".join(str(device.get("error")) for device in result["devices"]))
        return f"capturing on {', '.join(running)}"

    def _reprobe(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        _need_capture(bundle)
        return self._run_probes(
            bundle, node, "capture", [*reprobes(bundle, node), *self._beside(bundle, node)], task_vars
        )

    def _capture_stop(self, bundle: Bundle, node: str, task_vars: dict[str, t.Any]) -> str:
        if not bundle.path(f"captures/{node}.started.json").exists():
            raise SkipError("no capture was started here")
        # An agent's files go with its pod.
        arguments = {"state": "stopped", "run_id": bundle.plan()["run_id"], "keep": self._in_agent()}
        stopped = self._module("capture", arguments, task_vars)
        return store_captures(bundle, node, stopped)

    def _beside(self, bundle: Bundle, node: str) -> list[dict[str, t.Any]]:
        """What the source's node sends beside the probes that are repeated."""
        return [*markers(bundle), *traces(bundle)] if node == (bundle.plan()["source"] or {}).get("node") else []

    def _forget_capture(self, bundle: Bundle, task_vars: dict[str, t.Any]) -> None:
        """In a process of its own, when the playbook is gone: what a capture left on the node goes."""
        self._anew()
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
            raise SkipError("no probe starts on this node")
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
            raise SkipError("no probe starts on this node; its counters were read")
        results = answer["results"]
        bundle.add_probes(node, phase, requests, results)
        passed = sum(1 for result in results if result["status"] == "pass")
        return f"{passed} of {len(results)} probes passed"


def _need_identity(bundle: Bundle, node: str, packed: bytes) -> None:
    """Nothing is done on a machine that the inventory takes for a node."""
    objects = bundle.cluster()["resources"].get("nodes") or []
    known = [item for item in objects if item["metadata"]["name"] == node]
    problem = another_machine(known[0], json.loads(gzip.decompress(packed))) if known else ""
    if problem:
        raise AnsibleConnectionFailure(problem)


def _need_watch(bundle: Bundle) -> int:
    """For how many minutes to watch."""
    minutes = int((bundle.plan()["options"].get("amounts") or {}).get("watch") or 0)
    if not minutes:
        raise SkipError("diagnose_watch is not set")
    if any(record["result"]["status"] == "fail" for record in bundle.probes() if not is_watched(record["request"])):
        raise SkipError("a probe failed already")
    return minutes


def _need_capture(bundle: Bundle) -> None:
    wanted, reason = capture_wanted(bundle)
    if not wanted:
        raise SkipError(reason)
