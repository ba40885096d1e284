# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""kind burst: enough small packets to tell a share of loss that four pings cannot.

It knocks first: until a packet is answered, nothing more is sent, so that a dead way costs three packets and a late
first answer (ARP) is not counted. Then come count packets, interval apart. Only where some of them are missing, more
follow at half the rate: more numbers for the share, and a limit of packets per second is told from loss by chance.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes import _kernel
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._context import Context
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._echo import (
    EchoRefused,
    EchoReply,
    EchoSocket,
    token_payload,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._icmp import probe_token, with_echo
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._spread import spread
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Address, JsonObject, Measured

KNOCKS = 3
KNOCK_PAUSE = 0.1
# The second stage: so many packets for each of the first, at this multiple of its interval.
MORE = 5 / 3
SLOWER = 2.0
MAX_MORE = 1000
# The second stage begins so long after the first did, or later: the counters of all nodes are read in between.
GAP_END = 1.6


@dataclasses.dataclass
class _Stage:
    """Packets sent at one rate. times: milliseconds by packet, None for one without an answer."""

    name: str
    interval: float
    first_seq: int
    started: float
    times: list[float | None] = dataclasses.field(default_factory=list)
    outcomes: dict[str, int] = dataclasses.field(default_factory=dict)
    duplicates: int = 0
    late: int = 0

    def holds(self, seq: int) -> bool:
        return self.first_seq <= seq < self.first_seq + len(self.times)

    def to_dict(self) -> JsonObject:
        answered = [time for time in self.times if time is not None]
        return {
            "stage": self.name,
            "interval": self.interval,
            "sent": len(self.times),
            "received": len(answered),
            "times_ms": self.times,
            "outcomes": self.outcomes,
            "duplicates": self.duplicates,
            "late": self.late,
        }


def probe_burst(context: Context, measured: Measured) -> None:
    """data.stages has each packet's time; sent and received are those of all stages together, without the knocks."""
    with_echo(context, measured, lambda *parts: _Burst(*parts).run())


class _Burst:
    def __init__(self, context: Context, measured: Measured, address: Address, echo: EchoSocket) -> None:
        self.context = context
        self.measured = measured
        self.address = address
        self.echo = echo
        self.seq = 0
        self.stages: list[_Stage] = []
        token = probe_token(context)
        self.payload = token_payload(token, context.request.size)
        measured.data.update({"icmp_id": echo.ident, "token": token.hex(), "knocks": 0, "stages": []})

    def run(self) -> None:
        request = self.context.request
        measured = self.measured
        if not self._knock():
            measured.sent, measured.received = int(measured.data["knocks"]), 0
            # Nothing answers: that is for the plain probes to tell, a share of it means nothing.
            measured.status, measured.outcome = "skipped", None
            measured.error = "no answer to the first packets, so no more were sent"
            return
        self._send_stage("first", request.count, request.interval)
        if not request.once and any(time is None for time in self.stages[0].times):
            more = min(MAX_MORE, int(request.count * MORE))
            self.context.pause(max(0.0, self.stages[0].started + GAP_END - self.context.now()))
            self._send_stage("slower", more, request.interval * SLOWER)
        self._conclude()

    # -- stages --------------------------------------------------------------------------------------------------
    def _knock(self) -> bool:
        """Whether any of a few packets is answered. They are not counted: the first one may wait for ARP."""
        stage = self._new_stage("knock", KNOCK_PAUSE)
        until = self.context.until(self.context.request.timeout)
        for _number in range(KNOCKS):
            self._send(stage)
            self.measured.data["knocks"] = len(stage.times)
            last = len(stage.times) == KNOCKS
            self._collect([stage], until if last else min(until, self.context.now() + KNOCK_PAUSE), first_answer=True)
            if any(time is not None for time in stage.times):
                break
        self.context.check_time()
        return any(time is not None for time in stage.times)

    def _send_stage(self, name: str, count: int, interval: float) -> None:
        stage = self._new_stage(name, interval)
        self.stages.append(stage)
        self.measured.data["stages"] = [part.to_dict() for part in self.stages]
        for number in range(count):
            self.context.check_time()
            self._collect([stage], stage.started + number * interval)
            self._send(stage)
        # What is under way comes at once or, where a packet is missing, not at all: only then does this wait.
        self._collect([stage], self.context.until(self.context.request.timeout), until_complete=True)
        self.measured.data["stages"] = [part.to_dict() for part in self.stages]

    def _new_stage(self, name: str, interval: float) -> _Stage:
        return _Stage(name, interval, self.seq + 1, self.context.now())

    def _send(self, stage: _Stage) -> None:
        self.seq += 1
        stage.times.append(None)
        try:
            self.echo.send(self.seq, self.payload)
        except OSError as exc:
            outcome = "no_route" if exc.errno in _kernel.NO_ROUTE else "not_sent"
            stage.outcomes[outcome] = stage.outcomes.get(outcome, 0) + 1

    def _collect(
        self, stages: list[_Stage], until: float, first_answer: bool = False, until_complete: bool = False
    ) -> None:
        """Take answers until a moment; until_complete: or until none is missing."""
        while True:
            if until_complete and all(time is not None for stage in stages for time in stage.times):
                return
            answer = self.echo.receive(until)
            if answer is None:
                if self.context.now() >= until:
                    return
                continue
            stage = next((stage for stage in stages if stage.holds(answer.seq)), None)
            if stage is None:
                self._late(answer.seq)
            elif isinstance(answer, EchoReply):
                self._answered(stage, answer)
                if first_answer:
                    return
            elif isinstance(answer, EchoRefused):
                self.measured.add_icmp_error(answer.error)
                stage.outcomes["unreachable"] = stage.outcomes.get("unreachable", 0) + 1

    def _answered(self, stage: _Stage, reply: EchoReply) -> None:
        index = reply.seq - stage.first_seq
        if stage.times[index] is not None:
            stage.duplicates += 1
            return
        stage.times[index] = self.echo.rtt_ms(reply)

    def _late(self, seq: int) -> None:
        """An answer to a packet of an earlier stage: it was given up, and stays so, but it is told."""
        for stage in self.stages:
            if stage.holds(seq):
                stage.late += stage.times[seq - stage.first_seq] is None

    def _conclude(self) -> None:
        measured = self.measured
        measured.sent = sum(len(stage.times) for stage in self.stages)
        times = [time for stage in self.stages for time in stage.times if time is not None]
        measured.received = len(times)
        measured.data["stages"] = [stage.to_dict() for stage in self.stages]
        measured.data["spread_ms"] = spread(times)
        # One lost packet says nothing; what a count means is decided where all of the evidence is.
        measured.status = "pass" if measured.sent - measured.received <= 1 else "fail"
        measured.outcome = "reply" if measured.status == "pass" else "no_reply"
