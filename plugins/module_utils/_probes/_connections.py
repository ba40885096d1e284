# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""kind connections: more and more connections within a second, to find a limit without doing harm.

The steps grow, and each is spread over its time. A step begins only when every connection of the one before is open,
so the burst stops at the first sign of a limit. Each connection is closed as soon as it is open, but for those of the
first step, which are open together until all of them are decided: a way that has room for a few at a time shows itself.
No data is sent. After a stop a few single connections follow, a pause apart: a limit lets them pass, a broken way does
not.
"""

from __future__ import annotations

import dataclasses
import select
import socket
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._connect import Connecting, Connection
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._context import Context
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._spread import spread
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._target import begin
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._tcp_info import tcp_info
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Address, JsonObject, Measured

FIRST_STEP = 5
STEP_SECONDS = 0.2
# A connection that is not open by then is a sign: the first SYN or its answer was lost, and the next one comes
# after 1 s.
AT_ONCE = 0.5
SINGLES = 3
SINGLE_PAUSE = 0.35
SIGNS_KEPT = 20


@dataclasses.dataclass
class _Step:
    """Connections begun within one step. results: one [outcome, milliseconds, SYNs sent again] each, in their order."""

    size: int
    seconds: float
    results: list[list[t.Any]] = dataclasses.field(default_factory=list)

    def signs(self) -> int:
        """How many were not open at once."""
        return sum(1 for outcome, time, again in self.results if outcome != "open" or again or time > AT_ONCE * 1000)

    def to_dict(self) -> JsonObject:
        return {"size": self.size, "seconds": self.seconds, "signs": self.signs(), "results": self.results}


def sizes(count: int) -> list[int]:
    """5, 10, 20 and so on, count in all: 40 are 5, 10 and 25, since what is left over belongs to the last step."""
    steps: list[int] = []
    left, size = count, FIRST_STEP
    while left > 0:
        take = left if left < size + 2 * size else min(size, left)
        steps.append(take)
        left -= take
        size *= 2
    return steps


def probe_connections(context: Context, measured: Measured) -> None:
    """data.steps has each connection; sent counts those that were begun, received those that opened at once."""
    address = begin(context, measured)
    if address is None:
        return
    burst = _Connections(context, measured, address)
    try:
        burst.run()
    finally:
        burst.close()
        burst.tell()


class _Connections:
    def __init__(self, context: Context, measured: Measured, address: Address) -> None:
        self.context = context
        self.measured = measured
        self.address = address
        self.steps: list[_Step] = []
        self.singles: _Step | None = None
        self.stopped: str | None = None
        self.signs: list[JsonObject] = []
        self.held: list[socket.socket] = []
        self.waiting: dict[int, tuple[_Step, int, Connecting]] = {}
        self.poll = select.poll()

    def run(self) -> None:
        for size in sizes(self.context.request.count):
            step = _Step(size, STEP_SECONDS)
            self.steps.append(step)
            self._begin(step, STEP_SECONDS / size)
            self._until_decided(self.context.until(AT_ONCE), give_up=False)
            self._let_go()
            if step.signs() or self.waiting:
                self.stopped = f"after {sum(len(part.results) for part in self.steps)} connections"
                break
        self._until_decided(self.context.until(self.context.request.timeout), give_up=True)
        if self.stopped and any(outcome == "open" for step in self.steps for outcome, _time, _again in step.results):
            self._try_singles()

    def _try_singles(self) -> None:
        """Is it the number? Singles, a pause apart, are what a limit is meant to let pass."""
        self.singles = _Step(SINGLES, SINGLES * SINGLE_PAUSE)
        self.context.pause(SINGLE_PAUSE)
        self._begin(self.singles, SINGLE_PAUSE)
        self._until_decided(self.context.until(self.context.request.timeout), give_up=True)

    # -- connections ---------------------------------------------------------------------------------------------
    def _begin(self, step: _Step, pause: float) -> None:
        started = self.context.now()
        for number in range(step.size):
            self._until(started + number * pause)
            self.context.check_time()
            step.results.append(["timed_out", None, 0])
            attempt = Connecting(self.context, self.address, t.cast(int, self.context.request.port))
            if attempt.done is not None:
                self._record(step, number, attempt.done)
                if attempt.done.outcome != "open":
                    return  # this kernel itself refuses: there is no use in more of them
                continue
            self.waiting[attempt.sock.fileno()] = (step, number, attempt)
            self.poll.register(attempt.sock, select.POLLOUT)

    def _until(self, moment: float) -> None:
        """Let time pass until a moment, taking what is decided meanwhile."""
        while True:
            left = moment - self.context.now()
            if not self.waiting:
                self.context.pause(max(left, 0.0))
                return
            self._poll(left)
            if left <= 0:
                return

    def _until_decided(self, moment: float, give_up: bool) -> None:
        """Until all that are waiting are decided, or until a moment; give_up: those left then have timed out."""
        while self.waiting:
            left = moment - self.context.now()
            self._poll(left)
            if left <= 0:
                for number in list(self.waiting) if give_up else ():
                    self._settle(number, False)
                return

    def _poll(self, seconds: float) -> None:
        for number, _events in self.poll.poll(max(seconds, 0.0) * 1000):
            self._settle(number, True)

    def _settle(self, number: int, ready: bool) -> None:
        step, index, attempt = self.waiting.pop(number)
        self.poll.unregister(number)
        self._record(step, index, attempt.finish(ready))

    def _record(self, step: _Step, index: int, done: Connection) -> None:
        again = 0
        if done.sock is not None:
            info = tcp_info(done.sock)
            again = info.retransmits if info is not None else 0
            if step is self.steps[0]:
                self.held.append(done.sock)
            else:
                done.sock.close()
        time = round(done.seconds * 1000, 3)
        step.results[index] = [done.outcome, time, again]
        self.measured.local_address = done.local_address or self.measured.local_address
        self.measured.add_icmp_error(done.icmp)
        if (done.outcome != "open" or again) and len(self.signs) < SIGNS_KEPT:
            told = {"outcome": done.outcome, "ms": time, "syn_again": again, "source_port": done.source_port}
            self.signs.append({**told, "detail": done.detail})

    # -- the result ----------------------------------------------------------------------------------------------
    def _let_go(self) -> None:
        for sock in self.held:
            sock.close()
        self.held.clear()

    def close(self) -> None:
        self._let_go()
        for _step, _index, attempt in self.waiting.values():
            attempt.sock.close()

    def tell(self) -> None:
        """What is known by now, also when the time was over in the middle."""
        measured = self.measured
        results = [result for step in self.steps for result in step.results]
        signs = sum(step.signs() for step in self.steps)
        measured.sent, measured.received = len(results), len(results) - signs
        measured.data.update(
            {
                "steps": [step.to_dict() for step in self.steps],
                "singles": self.singles.to_dict() if self.singles else None,
                "stopped": self.stopped,
                "signs": self.signs,
                "spread_ms": spread([time for outcome, time, _again in results if outcome == "open"]),
            }
        )
        bad = [outcome for outcome, _time, _again in results if outcome != "open"]
        measured.status = "pass" if not signs else "fail"
        measured.outcome = max(dict.fromkeys(bad), key=bad.count) if bad else "late" if signs else "open"
