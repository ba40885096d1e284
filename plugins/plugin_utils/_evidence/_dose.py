# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What the dose measured, typed: bursts of packets, growing connections, pairs of DNS questions, idle connections.

A probe of the dose that was not made, or that had nothing to count, is not among them.
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence import _statistics
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._counters import moment
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._kernel import Record

BURST, CONNECTIONS, DNS_PAIRS, IDLE = "burst", "connections", "dns-pairs", "idle"
ROLES = (BURST, CONNECTIONS, DNS_PAIRS, IDLE)
# What ends the id of a probe that was sent once more, and what the id of a round of watching holds.
AGAIN, WATCH = "-again", "-watch-"
REFUSED = ("refused", "unreachable")
# A stage that loses more than this, while slow pings all pass, loses by their number and not by chance.
MOSTLY = 0.2


def planned_id(identifier: str) -> str:
    """The id of the probe of the dose that was sent once more, or gently while it was watched."""
    return identifier.partition(WATCH)[0].removesuffix(AGAIN)


def again_id(identifier: str) -> str:
    """The id by which a part of the dose is sent once more, beside captures."""
    return f"{planned_id(identifier)}{AGAIN}"


class Probe(Record, t.Protocol):
    """A probe of the run, as _model has it, with how it ended."""

    @property
    def role(self) -> str:
        """What it was planned for."""

    @property
    def status(self) -> str:
        """pass, fail, skipped or error."""

    @property
    def data(self) -> JsonObject:
        """What it measured."""


def window(probe: Probe) -> tuple[datetime.datetime | None, datetime.datetime | None]:
    """When a probe began and ended, by the clock of its node."""
    begin = moment(probe.result.get("started"))
    if begin is None:
        return None, None
    return begin, begin + datetime.timedelta(seconds=float(probe.result.get("seconds") or 0.0))


# Gaps that are so many times fewer than single packets lost by chance would make.
_OF_CHANCE = 4


@dataclasses.dataclass(frozen=True)
class Burst:
    """Small packets to one address. first and slower: (lost, sent) of the two stages; knocks came before them.

    gaps: how many times one was lost after one that was not; 0 where the order is not known."""

    probe: t.Any
    target: str
    first: tuple[int, int]
    slower: tuple[int, int]
    knocks: int
    duplicates: int
    gaps: int = 0

    @property
    def in_a_row(self) -> bool:
        """Whether packets were lost one after the other, much longer than chance does it: for a while nothing passed,
        and what was sent at another time tells nothing of it."""
        apart = self.lost * (1.0 - self.lost / self.sent) if self.sent else 0.0
        return 0 < _OF_CHANCE * self.gaps <= apart

    @property
    def lost(self) -> int:
        return self.first[0] + self.slower[0]

    @property
    def sent(self) -> int:
        return self.first[1] + self.slower[1]

    @property
    def share(self) -> _statistics.Share:
        """The share with its interval."""
        return _statistics.share(self.lost, self.sent)

    @property
    def lossy(self) -> bool:
        """Whether it is more than chance."""
        return _statistics.is_loss(self.lost, self.sent)

    def by_rate(self, slow_sent: int, slow_lost: int) -> bool:
        """Whether more was lost the quicker it was sent: a limit of packets per second, as routers have for pings.

        slow_sent and slow_lost: the plain pings to the same address, five a second."""
        if not self.lossy:
            return False
        fewer_when_slower = self.slower[0] * self.first[1] < self.first[0] * self.slower[1]
        if fewer_when_slower and _statistics.differ(*self.first, *self.slower):
            return True
        share = self.lost / self.sent
        return slow_sent > 0 and slow_lost == 0 and share > MOSTLY and (1.0 - share) ** slow_sent < 0.01


@dataclasses.dataclass(frozen=True)
class Connections:
    """Growing connections to one port. Each result is (outcome, milliseconds, SYNs sent again)."""

    probe: t.Any
    target: str
    port: int
    steps: tuple[tuple[tuple[str, float, int], ...], ...]
    singles: tuple[tuple[str, float, int], ...]
    stopped: bool

    @property
    def results(self) -> tuple[tuple[str, float, int], ...]:
        """All of the steps, in order."""
        return tuple(result for step in self.steps for result in step)

    @property
    def sent(self) -> int:
        return len(self.results)

    @property
    def signs(self) -> tuple[int, ...]:
        """The places in results of those that were not open at once, as TCP_INFO and the outcome tell; a slow
        answer alone is
        none."""
        return tuple(place for place, (outcome, _ms, again) in enumerate(self.results) if outcome != "open" or again)

    @property
    def syns_lost(self) -> int:
        """How many SYNs, or answers to them, were lost at least."""
        return sum(max(again, 1) if outcome != "open" else again for outcome, _ms, again in self.results)

    @property
    def refused(self) -> int:
        """How many were refused while others opened, single ones too; a port that refuses all is told by the plain
        probes."""
        return sum(one in REFUSED for one in self._outcomes) if "open" in self._outcomes else 0

    @property
    def wholly_refused(self) -> int:
        """How many there were, where each of them was refused."""
        return len(self._outcomes) if all(one in REFUSED for one in self._outcomes) else 0

    @property
    def _outcomes(self) -> list[str]:
        """Of those that grow, and of single ones."""
        return [outcome for outcome, _ms, _again in (*self.results, *self.singles)]

    @property
    def without_port(self) -> int:
        """For how many the kernel had no local port."""
        return sum(outcome == "no_port" for outcome, _ms, _again in self.results)

    @property
    def unanswered(self) -> tuple[int, int]:
        """(not open at once, begun) of all of them, the single ones too: what a share of the packets is lost of does
        not ask when they come."""
        everyone = (*self.results, *self.singles)
        return sum(outcome != "open" or again > 0 for outcome, _ms, again in everyone), len(everyone)

    @property
    def silent(self) -> bool:
        """Whether what went wrong is silence, not a refusal."""
        return all(self.results[place][0] in ("open", "timed_out") for place in self.signs)

    @property
    def singles_pass(self) -> bool:
        """Whether connections a pause apart all opened at once, after the burst was stopped."""
        return bool(self.singles) and all(outcome == "open" and not again for outcome, _ms, again in self.singles)

    @property
    def from_a_place_on(self) -> bool:
        """Whether all went well up to some number, and most went wrong from there: how a limit looks."""
        if not self.signs or self.signs[0] < 3:
            return False
        tail = self.results[self.signs[0] :]
        wrong = len(self.signs)
        return wrong >= 2 and wrong >= 0.6 * len(tail)

    @property
    def each_first_lost(self) -> bool:
        """Whether nearly every connection needed exactly a second SYN: no chance, something takes the first."""
        everyone = [*self.results, *self.singles]
        again = [result for result in everyone if result[0] == "open" and result[2] >= 1]
        return len(everyone) >= 4 and len(again) >= 0.8 * len(everyone)


@dataclasses.dataclass(frozen=True)
class DnsServer:
    """Questions in pairs at one server. half and both: pairs of which one, or both answers are missing."""

    probe: t.Any
    server: str
    sent: int
    answered: int
    half: int
    both: int

    @property
    def lost(self) -> int:
        return self.sent - self.answered

    @property
    def lossy(self) -> bool:
        """Some answers came, and more are missing than chance allows."""
        return self.answered > 0 and _statistics.is_loss(self.lost, self.sent)

    @property
    def share(self) -> _statistics.Share:
        return _statistics.share(self.lost, self.sent)


@dataclasses.dataclass(frozen=True)
class Idle:
    """A connection that said nothing for a while. outcome: open, timed_out, reset, unreachable or closed."""

    probe: t.Any
    target: str
    port: int
    opened: bool
    seconds: float
    outcome: str

    @property
    def broken(self) -> bool:
        """It was open, and neither end closed it."""
        return self.opened and self.outcome in ("timed_out", "reset", "unreachable")


@dataclasses.dataclass(frozen=True)
class Dose:
    """All that the dose measured in one run."""

    bursts: tuple[Burst, ...]
    connections: tuple[Connections, ...]
    dns: tuple[DnsServer, ...]
    idles: tuple[Idle, ...]


def read_dose(probes: t.Iterable[t.Any], phase: str = "probe") -> Dose:
    """The probes of the dose: those of the first round, or (phase capture) what was sent again beside captures."""
    bursts: list[Burst] = []
    connections: list[Connections] = []
    dns: list[DnsServer] = []
    idles: list[Idle] = []
    everyone = [probe for probe in probes if probe.phase == phase]
    again = {probe.id.removesuffix(AGAIN) for probe in everyone if probe.id.endswith(AGAIN)}
    for probe in everyone:
        # What was sent once more while it was watched is the measurement; its counters are of that time.
        if probe.id in again:
            continue
        if probe.role not in ROLES or not isinstance(probe.data, dict):
            continue
        if probe.role == BURST:
            bursts += _burst(probe)
        elif probe.role == CONNECTIONS:
            connections += _connections(probe)
        elif probe.role == DNS_PAIRS:
            dns += [_server(probe, server) for server in probe.data.get("servers") or []]
        elif probe.role == IDLE and probe.status != "error":
            idles.append(_idle(probe))
    return Dose(tuple(bursts), tuple(connections), tuple(dns), tuple(idles))


def _burst(probe: t.Any) -> t.Iterator[Burst]:
    stages = {str(stage.get("stage")): stage for stage in probe.data.get("stages") or []}
    if not stages:
        return

    def counts(name: str) -> tuple[int, int]:
        stage = stages.get(name) or {}
        sent, received = int(stage.get("sent") or 0), int(stage.get("received") or 0)
        return max(0, sent - received), sent

    yield Burst(
        probe=probe,
        target=_target(probe),
        first=counts("first"),
        slower=counts("slower"),
        knocks=int(probe.data.get("knocks") or 0),
        duplicates=sum(int(stage.get("duplicates") or 0) for stage in stages.values()),
        gaps=sum(_gaps(stage.get("times_ms") or ()) for stage in stages.values()),
    )


def _gaps(times: t.Sequence[t.Any]) -> int:
    return sum(one is None and before is not None for before, one in zip((0.0, *times), times))


def _connections(probe: t.Any) -> t.Iterator[Connections]:
    steps = probe.data.get("steps") or []
    if not steps:
        return
    singles = (probe.data.get("singles") or {}).get("results") or []
    yield Connections(
        probe=probe,
        target=_target(probe),
        port=int(probe.request.get("port") or 0),
        steps=tuple(tuple(map(_result, step.get("results") or [])) for step in steps),
        singles=tuple(map(_result, singles)),
        stopped=bool(probe.data.get("stopped")),
    )


def _result(values: t.Sequence[t.Any]) -> tuple[str, float, int]:
    outcome, time, again = (*values, None, None, None)[:3]
    return str(outcome), float(time or 0.0), int(again or 0)


def _server(probe: t.Any, server: JsonObject) -> DnsServer:
    return DnsServer(
        probe=probe,
        server=str(server.get("server")),
        sent=int(server.get("sent") or 0),
        answered=int(server.get("answered") or 0),
        half=int(server.get("half_lost") or 0),
        both=int(server.get("both_lost") or 0),
    )


def _idle(probe: t.Any) -> Idle:
    return Idle(
        probe=probe,
        target=_target(probe),
        port=int(probe.request.get("port") or 0),
        opened=bool(probe.data.get("opened")),
        seconds=float(probe.data.get("idle_seconds") or 0.0),
        outcome=str(probe.result.get("outcome")),
    )


def _target(probe: t.Any) -> str:
    return str(probe.result.get("address") or probe.request.get("target"))
