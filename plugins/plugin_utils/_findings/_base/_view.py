# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""One simulated way of a packet that ends badly, as the explanations look at it."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Route, Rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Rule as FilterRule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import (
    Hop,
    Place,
    Reason,
    Stage,
    Step,
    Trace,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._network import Network
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._roundtrip import RoundTrip, Way


@dataclasses.dataclass(frozen=True)
class Translation:
    """A change of the packet's destination in one namespace. rule: the one that made it, where that is known."""

    place: Place
    before: Packet
    after: Packet
    rule: FilterRule | None


@dataclasses.dataclass(frozen=True)
class Routed:
    """A routing decision: the packet as it was asked for, and what decided. rule: the policy rule, where one did."""

    place: Place
    packet: Packet
    step: Step
    route: Route | None
    rule: Rule | None
    dev: str | None
    gateway: str | None


@dataclasses.dataclass(frozen=True)
class View:
    """trace: the half of the way that ends badly; backwards: it is the one of the answers."""

    case: Case
    network: Network
    trip: RoundTrip
    way: Way
    trace: Trace
    backwards: bool

    @property
    def reason(self) -> Reason:
        """Why it ended."""
        return self.trace.reason

    @property
    def place(self) -> Place:
        """Where it ended."""
        return self.trace.last.place if self.trace.last else self.trace.place

    @property
    def sent(self) -> Packet:
        """The packet as it was sent, with the source address that the route lent it."""
        return self.way.forward.hops[0].before if self.way.forward.hops else self.trip.request

    @property
    def packet(self) -> Packet:
        """The packet as it ended; what it was at first where it never moved."""
        return self.trace.packet or self.sent

    @property
    def decided(self) -> t.Any:
        """The record that ended it."""
        return self.trace.last.decided if self.trace.last else None

    @property
    def inner(self) -> Packet:
        """The packet that matters to people: the one in the tunnel, if it ended on its way in one."""
        packet = self.packet
        while packet.inner is not None and packet.protocol == "udp":
            packet = packet.inner
        return packet

    def what(self, packet: Packet | None = None) -> str:
        """The packets, in a sentence: as they were at their end, or as the one that is given."""
        packet = packet or self.inner
        kind = "answers" if self.backwards else "packets"
        port = f":{packet.dport}" if packet.dport and packet.protocol in ("tcp", "udp") and not self.backwards else ""
        return f"{packet.protocol} {kind} from {packet.src} to {packet.dst}{port}"

    def translations(self) -> list[Translation]:
        """Every change of the destination on the way there, in order."""
        return translations(self.way.forward)

    def routed(self) -> list[Routed]:
        """Every routing decision of the half that ends badly, in order."""
        found = []
        for hop in self.trace.hops:
            first = True
            for step in hop.steps:
                if step.stage is not Stage.ROUTING:
                    continue
                found.append(_routed(step, _at(hop, first)))
                first = False
        return found

    def steps(self, stage: Stage) -> list[Step]:
        """The decisions of one part of the kernel, in the half that ends badly."""
        return [step for step in self.trace.steps() if step.stage is stage]


def translations(trace: Trace) -> list[Translation]:
    """Every change of a packet's destination, in order."""
    found: list[Translation] = []
    for hop in trace.hops:
        before, after = hop.before, hop.after
        if before.tunnelled:
            continue
        if after.tunnelled and after.inner is not None:
            after = after.inner
        if (before.dst, before.dport) != (after.dst, after.dport):
            rule = next(
                (
                    step.decided
                    for step in reversed(hop.steps)
                    if step.stage is Stage.NAT and isinstance(step.decided, FilterRule) and moves(step.decided)
                ),
                None,
            )
            found.append(Translation(Place(hop.node, hop.netns), before, after, rule))
    return found


def moves(rule: FilterRule) -> bool:
    """Whether a rule translates the destination."""
    return any(target.translation in ("DNAT", "REDIRECT", "NETMAP", "TPROXY") for target in rule.targets)


def _at(hop: Hop, first: bool) -> Packet:
    """The packet that a routing decision of a hop was about. first: it is the hop's first one."""
    before, after = hop.before, hop.after
    if before.inner is not None and before.tunnelled:
        return before
    if after.inner is not None and after.tunnelled:
        after = after.inner
    # What is sent here is routed before the output hook may translate it.
    return before if hop.iif is None and first else after


_OWN_TABLES = ("local", "main", "default")


def _routed(step: Step, packet: Packet) -> Routed:
    decided = step.decided
    route = decided if isinstance(decided, Route) else None
    rule = decided if isinstance(decided, Rule) else None
    if route is not None and route.table not in _OWN_TABLES:
        rule = step.led
    return Routed(step.place, packet, step, route, rule, route.dev if route else None, route.gateway if route else None)


def in_host(place: Place) -> bool:
    """Whether a place is in a node's own namespace."""
    return place.netns == HOST
