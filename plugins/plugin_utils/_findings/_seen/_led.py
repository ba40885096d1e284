# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Packets that were seen to go where a rule or route leads them, and where they would not be without it.

A packet with the address that a rule gives it, or on the device that a route names, is an observation of that very
decision: with the cause's change the packet would not look so there.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._kernel import kernel_drops
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import (
    Tried,
    again,
    bad_half,
    good,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._observed import INDEX
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, ConntrackEntry, Route
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._records import records
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Hop, Stage, Trace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._passage import passage

# Causes that are a translation, or that one was not made.
_TRANSLATED = frozenset(("redirect-target-missing", "snat-wrong", "service-rules-bypassed"))
_ROUTED = frozenset(("policy-route-diverts", "route-wrong"))
# Types of ICMP and ICMPv6 with which a router says that it cannot pass a packet on (RFC 792, RFC 4443).
_UNDELIVERED = frozenset((3, 11, 1))


def led(case: Case, cause: Cause, tried: Tried, probes: t.Sequence[Probe]) -> Proof | None:
    """What shows that the packets met the cause's rule or route on its node; None where nothing does."""
    step = cause.step
    if step is None or step.place.netns != HOST or tried.trip is None:
        return None
    for way in tried.trip.ways:
        trace, backwards = bad_half(way)
        if good(way) or backwards != cause.backwards:
            continue
        for hop in trace.hops:
            ends_here = step == trace.last and hop is trace.hops[-1]
            if hop.node == step.place.node and (ends_here or step in hop.steps):
                found = _of_hop(case, cause, tried, hop, probes)
                if found is not None:
                    return found
    return None


def _of_hop(case: Case, cause: Cause, tried: Tried, hop: Hop, probes: t.Sequence[Probe]) -> Proof | None:
    if cause.finding.id in _TRANSLATED:
        return _translated(case, cause, tried, hop, probes)
    if cause.finding.id in _ROUTED and cause.step is not None and cause.step.stage is Stage.ROUTING:
        return _routed(case, cause, tried, hop, probes)
    return None


def _mended(case: Case, cause: Cause, tried: Tried) -> list[Trace]:
    """The same packets with the cause's change."""
    following = again(case, case.network, tried.trip, cause) if tried.trip is not None else None
    halves = [way.back if cause.backwards else way.forward for way in following[1].ways] if following else []
    return [half for half in halves if half is not None]


# -- addresses -----------------------------------------------------------------------------------------------------
def _translated(case: Case, cause: Cause, tried: Tried, hop: Hop, probes: t.Sequence[Probe]) -> Proof | None:
    """Packets with the addresses that they have behind the cause's rule, as they would not have with its change."""
    before, after = hop.before, _bare(hop.after)
    others = [_bare(one.after) for half in _mended(case, cause, tried) for one in half.hops if one.node == hop.node]
    unknown = not others and not (cause.finding.id == "snat-wrong" and after.src != before.src)
    if unknown or any(_ends(one) == _ends(after) for one in others):
        return None
    seen = _sighted(case, hop.node, after, probes, cause.backwards)
    return seen if seen is not None or cause.backwards else _tracked(case, hop.node, before, after)


def _bare(packet: Packet) -> Packet:
    """A packet without its tunnel."""
    while packet.tunnelled and packet.inner is not None:
        packet = packet.inner
    return packet


def _ends(packet: Packet) -> tuple[str, str, int | None]:
    return packet.src, packet.dst, packet.dport


def _sighted(case: Case, node: str, after: Packet, probes: t.Sequence[Probe], backwards: bool) -> Proof | None:
    direction = "reply" if backwards else "forward"
    for flow in case.evidence.flows(*(probe.id for probe in probes)):
        for one in flow.get("sightings") or [] if not flow.get("ambiguous") else []:
            if (one.get("node"), one.get("direction")) != (node, direction) or not one.get("count"):
                continue
            if (one.get("src"), one.get("dst")) == (after.src, after.dst):
                text = f"seen on {one['device']} of {node} as packets from {after.src} to {after.dst}"
                return Proof("capture", f"{INDEX}#{flow.get('probe_id')}", text)
    return None


def _tracked(case: Case, node: str, before: Packet, after: Packet) -> Proof | None:
    """Flows like the packet's that connection tracking has with just these addresses for their answers."""
    entries = records(ConntrackEntry, (case.evidence.counters.get(node) or {}).get("connections"))
    asked = [
        one
        for one in entries
        if (one.protocol, one.src, one.dst) == (before.protocol, before.src, before.dst)
        and (one.dport == before.dport or before.dport is None)
    ]
    so = [one for one in asked if (one.reply_src, one.reply_dst) == (after.dst, after.src)]
    if not so or any("SEEN_REPLY" not in one.status for one in asked if one not in so):
        return None
    return Proof("kernel", f"counters/{node}.json", f"connection tracking of {node} has {len(so)} such flows: {so[0]}")


# -- devices -------------------------------------------------------------------------------------------------------
def _routed(case: Case, cause: Cause, tried: Tried, hop: Hop, probes: t.Sequence[Probe]) -> Proof | None:
    """Packets on the device that the route names, which they would not pass with the cause's change."""
    mended = _mended(case, cause, tried)
    points = {point for half in mended for point in passage(case.evidence.nodes, half).points}
    told = _by_router(hop, mended, probes) if not cause.backwards else None
    if told is not None or hop.oif is None or not mended or (hop.node, hop.oif) in points or hop.oif == hop.iif:
        return told
    direction = "reply" if cause.backwards else "forward"
    ids = {probe.id for probe in probes}
    for flow in case.evidence.flows(*ids):
        for one in flow.get("sightings") or [] if not flow.get("ambiguous") else []:
            where = (one.get("node"), one.get("device"), one.get("direction"))
            if where == (hop.node, hop.oif, direction) and one.get("count"):
                text = f"seen on {hop.oif} of {hop.node}, where this route leads"
                return Proof("capture", f"{INDEX}#{flow.get('probe_id')}", text)
    for drop in () if cause.backwards else kernel_drops(case.evidence.captures):
        mine = drop.probe_id in ids and hop.node in drop.nodes and drop.dropped >= drop.sent
        if mine and not drop.received and drop.devices[-2:] == (hop.iif, hop.oif):
            text = f"the kernel of {hop.node} dropped {drop.counted}: where this route leads"
            return Proof("kernel", f"{INDEX}#kernel", text)
    return None


def _by_router(hop: Hop, mended: t.Sequence[Trace], probes: t.Sequence[Probe]) -> Proof | None:
    """An ICMP error from the gateway that the route names, by which the packets would not go with the cause's
    change."""
    gateways = _gateways(hop)
    if not mended or gateways & {one for half in mended for each in half.hops for one in _gateways(each)}:
        return None
    for probe in probes:
        for error in probe.data.get("icmp_errors") or []:
            if not isinstance(error, dict) or error.get("mtu") is not None:
                continue
            if error.get("from") in gateways and error.get("type") in _UNDELIVERED:
                text = f"{error['from']}, where this route leads, answered: {error.get('text')}"
                return Proof("probe", probe.id, text)
    return None


def _gateways(hop: Hop) -> frozenset[str]:
    """The gateways by which a packet left a namespace."""
    routes = [step.decided for step in hop.steps if step.stage is Stage.ROUTING and isinstance(step.decided, Route)]
    found = {route.gateway for route in routes} | {leg.gateway for route in routes for leg in route.nexthops}
    return frozenset(one for one in found if one)
