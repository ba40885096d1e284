# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""One packet from its start to all the ends that it can come to.

A list of work: a packet at a namespace. Each namespace answers how it goes on; wires and tunnels make new work.
Everything is bounded: branches, hops, tunnels in tunnels. What the bounds cut off is a branch of its own that says so.
"""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _answers
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._conntrack import Tracking
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._sockets import OpenSocket
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._state import Exit, Outcome, State
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import (
    Assumption,
    Disposition,
    Hop,
    Place,
    Reason,
    Stage,
    Step,
    Trace,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path import _fabric, _tracking
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._fabric import Arrival
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._network import Kind, Network

MAX_BRANCHES = 64
MAX_HOPS = 64
MAX_TUNNELS = 4
Tables = t.Mapping[tuple[str, str], Tracking]


@dataclasses.dataclass(frozen=True)
class Branch:
    """One trace, what conntrack of each namespace knows after it, and what the last kernel answers."""

    trace: Trace
    tables: Tables
    answers: tuple[Packet, ...] = ()


@dataclasses.dataclass(frozen=True)
class Simulation:
    """Every way that the packet can take, the likeliest first."""

    branches: tuple[Branch, ...]

    @property
    def traces(self) -> tuple[Trace, ...]:
        """The traces alone."""
        return tuple(branch.trace for branch in self.branches)


@dataclasses.dataclass(frozen=True)
class _Work:
    """A packet that a namespace gets. device: that it comes in by, None where it is sent there; oif: see Stack.send."""

    place: Place
    packet: Packet
    tables: Tables
    device: str | None = None
    oif: str | None = None
    hops: tuple[Hop, ...] = ()
    share: float = 1.0
    assumptions: tuple[Assumption, ...] = ()
    tunnels: int = 0
    seen: frozenset[t.Any] = frozenset()
    first: Step | None = None


def simulate(
    network: Network,
    start: Place,
    packet: Packet,
    tables: Tables | None = None,
    opened: tuple[OpenSocket, ...] = (),
    oif: str | None = None,
) -> Simulation:
    """Send a packet in the start's namespace; where the start has a device, the packet comes in by it.

    tables: conntrack of each namespace as packets before left it; opened: the sockets that wait for it; oif: the device
    that the sender is bound to.
    """
    return _Run(network, opened).run(_Work(start, packet, tables or {}, start.device, oif))


class _Run:
    def __init__(self, network: Network, opened: tuple[OpenSocket, ...]) -> None:
        self.network = network
        self.opened = opened
        self.work: list[_Work] = []
        self.done: list[Branch] = []

    def run(self, first: _Work) -> Simulation:
        self.work.append(first)
        while self.work:
            if len(self.done) + len(self.work) > MAX_BRANCHES:
                self._cut()
                break
            self._one(self.work.pop(0))
        return Simulation(tuple(sorted(self.done, key=lambda branch: -branch.trace.share)))

    def _cut(self) -> None:
        """More ways than are followed."""
        for work in self.work:
            self._stop(work, Disposition.UNKNOWN, Reason.BOUND, f"More than {MAX_BRANCHES} ways are not followed.")

    def _one(self, work: _Work) -> None:
        stack = self.network.stack(work.place)
        if stack is None:
            self._stop(work, Disposition.UNKNOWN, Reason.NOT_READ, f"{work.place} was not read.")
            return
        if len(work.hops) >= MAX_HOPS:
            self._stop(work, Disposition.UNKNOWN, Reason.BOUND, f"More than {MAX_HOPS} namespaces on the way.")
            return
        mark = (work.place.node, work.place.netns, work.device, work.packet.flow, work.tunnels)
        if mark in work.seen:
            text = f"It was at {work.place} before: it goes in a circle until its time to live is over."
            told = _answers.icmp_error(work.packet, "time-exceeded")
            self._stop(work, Disposition.TTL_EXCEEDED, Reason.LOOP, text, told)
            return
        work = dataclasses.replace(work, seen=work.seen | {mark})
        key = (work.place.node, work.place.netns)
        state = State(
            Place(*key),
            work.packet,
            work.packet,
            work.tables.get(key) or _tracking.initial(stack.namespace),
            share=work.share,
            assumptions=work.assumptions,
            steps=(work.first,) if work.first else (),
            opened=self.opened,
            tunnels=work.tunnels,
        )
        ways = stack.receive(state, work.device) if work.device is not None else stack.originate(state, work.oif)
        for outcome in itertools.islice(ways, MAX_BRANCHES):
            self._outcome(work, outcome)

    def _outcome(self, work: _Work, outcome: Outcome) -> None:
        state = outcome.state
        tables = {**work.tables, (work.place.node, work.place.netns): state.tracking}
        oif = outcome.device if outcome.exit in (Exit.FRAME, Exit.OUTER) else None
        hop = Hop(
            work.place.node, work.place.netns, work.device, oif, state.before, state.packet, state.steps, state.devices
        )
        following = dataclasses.replace(
            work,
            packet=state.packet,
            tables=tables,
            hops=(*work.hops, hop),
            share=state.share,
            assumptions=state.assumptions,
            device=None,
            oif=None,
            first=None,
        )
        if outcome.exit is Exit.END:
            last = state.steps[-1] if state.steps else None
            place = last.place if last is not None else state.place
            self._finish(following, outcome.disposition, outcome.reason, place, last, outcome.answers)
        elif outcome.exit is Exit.OUTER:
            if work.tunnels >= MAX_TUNNELS:
                self._stop(following, Disposition.UNKNOWN, Reason.BOUND, f"More than {MAX_TUNNELS} tunnels in tunnels.")
                return
            self.work.append(dataclasses.replace(following, oif=outcome.oif, tunnels=work.tunnels + 1))
        elif outcome.exit is Exit.INNER:
            self.work.append(dataclasses.replace(following, device=outcome.device, tunnels=max(work.tunnels - 1, 0)))
        else:
            self._wire(following, outcome)

    def _wire(self, work: _Work, outcome: Outcome) -> None:
        place = dataclasses.replace(work.place, device=outcome.device)
        # What a namespace thought of a packet stays there (skb_scrub_packet()).
        packet = dataclasses.replace(work.packet, ct=None, mark=0, uid=0, gid=None, cgroup=None, owned=False)
        wire = self.network.wire(place)
        if wire.kind is Kind.PEER and wire.peer is not None:
            same = (wire.peer.node, wire.peer.netns) == (place.node, place.netns)
            kept = dataclasses.replace(packet, mark=work.packet.mark) if same else packet
            self.work.append(dataclasses.replace(work, place=wire.peer, packet=kept, device=wire.peer.device))
            return
        arrivals: tuple[Arrival, ...]
        if wire.kind is Kind.UNREAD:
            arrivals = (_fabric.unread(place, packet, wire.peer),)
        else:
            arrivals = _fabric.carry(self.network, place, packet, outcome.next_hop)
        for arrival in arrivals:
            following = dataclasses.replace(
                work,
                place=arrival.place,
                packet=arrival.packet,
                device=arrival.place.device,
                assumptions=(*work.assumptions, *arrival.assumptions),
                first=arrival.step,
            )
            if arrival.disposition is not None:
                self._finish(following, arrival.disposition, arrival.reason, arrival.place, arrival.step, ())
            else:
                self.work.append(following)

    # -- ends ------------------------------------------------------------------------------------------------
    def _stop(
        self, work: _Work, disposition: Disposition, reason: Reason, text: str, answers: tuple[Packet, ...] = ()
    ) -> None:
        place = dataclasses.replace(work.place, device=work.device)
        step = Step(Stage.WIRE, place, str(place), None, text, reason, True)
        self._finish(work, disposition, reason, place, step, answers)

    def _finish(
        self,
        work: _Work,
        disposition: Disposition,
        reason: Reason,
        place: Place,
        last: Step | None,
        answers: tuple[Packet, ...],
    ) -> None:
        trace = Trace(work.hops, disposition, reason, place, last, work.share, _once(work.assumptions))
        self.done.append(Branch(trace, work.tables, answers))


def _once(assumptions: tuple[Assumption, ...]) -> tuple[Assumption, ...]:
    """Each assumption once, in order. What it was decided by need not be hashable."""
    found: list[Assumption] = []
    for each in assumptions:
        if each not in found:
            found.append(each)
    return tuple(found)
