# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller half of podnet.diagnostics.capture_wait: see how the checks are before captures begin, and wait while
these run, until their time is over or they are triggered.
"""

from __future__ import annotations

import time
import typing as t

from ansible.errors import AnsibleConnectionFailure
from ansible.utils.display import Display

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import PATIENCE_SECONDS, connect
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import (
    KUBE_ARGUMENT_SPEC,
    options_from_params,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._action import Result
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle, utc_now
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._follow import (
    all_ended,
    progress_of,
    progress_text,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._points import place_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._trigger import (
    BEFORE,
    FIRED,
    CheckTrigger,
    ProbeTrigger,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._node_action import NodeAction, PhaseError
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._printable import one_line
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._shown import show
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._task import Task
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._terminal import wait

display = Display()

LOOK_SECONDS = 2.0
# A line of progress comes so often, and no oftener than twenty times in all.
PROGRESS_SECONDS, MOST_LINES = 10.0, 20
PROBE_SECONDS = 30.0
# After so many that could not be measured in a row, a probe is given up.
MOST_UNMEASURED = 5
# A capture that ends by itself is looked at once more.
LATE_SECONDS = 1.0


class ActionModule(NodeAction):
    """One task for all nodes: their captures go on by themselves. A probe starts on the node that the task runs for."""

    ARGUMENTS: t.ClassVar[dict[str, t.Any]] = {
        "bundle": {"type": "path", "required": True},
        "phase": {"type": "str", "choices": ["arm", "wait"], "default": "wait"},
        "unavailable": {"type": "str"},
        **KUBE_ARGUMENT_SPEC,
    }

    def run_checked(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Result:
        """Returns ended (time, trigger, hand, limit, nothing or given_up) and msg."""
        bundle = Bundle.open(arguments["bundle"])
        if arguments["phase"] == "arm":
            return _arm(bundle, arguments)
        waiting = _Waiting(bundle)
        if not waiting.nodes:
            return _result(bundle, "nothing", "no capture runs on any node")
        show(waiting.opening())
        probe = self._probe(bundle, arguments, task_vars)
        try:
            checks = _checks(bundle, arguments)
            ended, text = self._wait(waiting, probe, checks)
        except (PhaseError, KubeError) as exc:
            ended, text = "given_up", str(exc)
        return _result(bundle, ended, text)

    def _wait(self, waiting: _Waiting, probe: _Probe | None, checks: CheckTrigger | None) -> tuple[str, str]:
        pause = probe.interval if probe is not None else LOOK_SECONDS
        while waiting.left() > 0:
            task = Task(probe.send) if probe is not None and not waiting.fired else None
            going_on = wait(display, waiting.line(), min(pause, max(0.0, waiting.left())))
            reason = ""
            if task is not None and probe is not None:
                reason = probe.judge(task)
            if checks is not None and not waiting.fired:
                reason = reason or checks.look()
            if reason and not waiting.fired:
                waiting.fire(reason)
            if not going_on:
                # Whoever ends an armed capture has seen something: its packets are kept.
                waiting.keep("ended by hand")
                return "hand", "ended by hand"
            if all_ended(waiting.progress(), waiting.nodes):
                return "limit", "every capture has come to its limit"
        return ("trigger", waiting.fired) if waiting.fired else ("time", "the time is over")

    def _probe(self, bundle: Bundle, arguments: dict[str, t.Any], task_vars: dict[str, t.Any]) -> _Probe | None:
        planned = bundle.plan()["probe"]
        if planned is None:
            return None
        module_arguments = {"pods": planned["pods"], "probes": [planned["request"]], "timeout": PROBE_SECONDS}
        unavailable = arguments["unavailable"] or ""

        def send() -> JsonObject:
            if unavailable:
                raise PhaseError(unavailable)
            return t.cast(JsonObject, self._module("probe", module_arguments, task_vars)["results"][0])

        return _Probe(send, planned)


class _Probe:
    """The probe that ends an armed capture."""

    def __init__(self, send: t.Callable[[], JsonObject], planned: JsonObject) -> None:
        self.send = send
        self.interval = float(planned["interval"])
        self._trigger = ProbeTrigger(int(planned["failures"]), str(planned["text"]))
        self._unmeasured = 0

    def judge(self, task: Task[JsonObject]) -> str:
        """Why the capture ends; empty where it goes on. PhaseError where the probe cannot be measured at all."""
        try:
            reason = self._trigger.add(task.result())
            problem = self._trigger.unmeasured
        except (PhaseError, AnsibleConnectionFailure) as exc:
            reason, problem = "", " ".join(str(exc).split())
        self._unmeasured = self._unmeasured + 1 if problem else 0
        if self._unmeasured >= MOST_UNMEASURED:
            raise PhaseError(f"the probe could not be made {MOST_UNMEASURED} times in a row: {problem}")
        return reason


class _Waiting:
    """The captures of all nodes while they run."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._plan = bundle.plan()
        started = {path.stem: bundle.read_json(f"started/{path.name}") for path in bundle.glob("started/*.json")}
        self._running = {
            node: [device for device in found["devices"] if not device.get("error")] for node, found in started.items()
        }
        self.nodes = [node for node, devices in self._running.items() if devices]
        options = self._plan["options"]
        begun = max((started[node]["begun"] for node in self.nodes), default=0.0)
        self._begun = begun
        self._end: float = begun + options["seconds"] + LATE_SECONDS
        self._every = max(PROGRESS_SECONDS, options["seconds"] / MOST_LINES)
        self._next_line = time.time() + min(self._every, options["seconds"] / 4)
        self.fired = ""

    def left(self) -> float:
        """Seconds."""
        return self._end - time.time()

    def opening(self) -> str:
        """What is captured, and until when."""
        options = self._plan["options"]
        places = [
            f"  {node}: "
            + ", ".join(one_line(place_of(device["name"], device["netns"])) for device in self._running[node])
            for node in sorted(self.nodes)
        ]
        until = f"for {options['seconds']:g} s"
        if options["armed"]:
            what = [self._plan["probe"]["text"]] if self._plan["probe"] else []
            what += [f"the connectivity checks {', '.join(self._plan['checks'])}"] if self._plan["checks"] else []
            until = f"until a failure of {' or '.join(what)}, for {options['seconds']:g} s at most"
        elif options["ring"]:
            until = f"the newest {options['ring_megabytes']} MB of each device, for {options['seconds']:g} s at most"
        return "\n".join([f"Capturing {until}", *places])

    def progress(self) -> dict[str, JsonObject]:
        """As the nodes have told it."""
        return progress_of(self._bundle, self.nodes)

    def line(self) -> str:
        """A line of progress where it is time for one, else nothing."""
        now = time.time()
        if now < self._next_line:
            return ""
        self._next_line = now + self._every
        known = progress_text(self.progress())
        return f"{max(0.0, now - self._begun):.0f} s" + (f"; {one_line(known)}" if known else "")

    def fire(self, reason: str) -> None:
        """An armed capture was triggered: it goes on for a moment, so that the failure is in it, too."""
        after = self._plan["options"]["after"]
        self._end = time.time() + after
        self.keep(reason)
        show(f"Triggered: {one_line(reason)}; capturing for {after:g} s more")

    def keep(self, reason: str) -> None:
        """Note why the packets of an armed capture are fetched."""
        self.fired = reason
        self._bundle.write_json(FIRED, {"time": utc_now(), "text": reason})


def _arm(bundle: Bundle, arguments: dict[str, t.Any]) -> Result:
    """Before the captures begin: what turns from now on has its packets in them."""
    try:
        checks = _checks(bundle, arguments)
    except (PhaseError, KubeError) as exc:
        return {"msg": f"{exc}; it is tried again when the captures run"}
    if checks is None:
        return {"msg": "no connectivity check ends this capture"}
    seen = checks.seen()
    bundle.write_json(BEFORE, seen)
    return {"msg": f"{len(seen)} connectivity check{'s' if len(seen) > 1 else ''} watched"}


def _checks(bundle: Bundle, arguments: dict[str, t.Any]) -> CheckTrigger | None:
    """Armed; PhaseError where there is no check. Raises KubeError."""
    names = bundle.plan()["checks"]
    if not names:
        return None
    trigger = CheckTrigger(connect(options_from_params(arguments), PATIENCE_SECONDS), names)
    if bundle.path(BEFORE).exists():
        trigger.go_on(bundle.read_json(BEFORE))
        return trigger
    count, down = trigger.arm()
    if not count:
        raise PhaseError(f"there are no connectivity checks in {', '.join(names)}")
    if down:
        more = f" and {len(down) - 1} others" if len(down) > 1 else ""
        display.warning(f"The connectivity check {down[0]}{more} is not reachable already; what counts is a change")
    return trigger


def _result(bundle: Bundle, ended: str, text: str) -> Result:
    bundle.write_json("wait.json", {"ended": ended, "text": text, "time": utc_now()})
    return {"ended": ended, "msg": text}
