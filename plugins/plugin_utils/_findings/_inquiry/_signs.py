# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What many packets show and one does not, and whose consequence that is."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._counters import Turning
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._shared_ports import (
    lost_in_part,
    shared_ports,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._evidence import (
    measured as measured_dose,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._exhausted import shortage_findings
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._idle import idle_findings
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._losses import loss_findings
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._nat_ports import (
    SIGNS,
    few_ports,
    narrow,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._performance import (
    full_tables,
    latency,
    lost,
    no_local_port,
    packet_loss,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._inquiry._state import SILENT, Inquiry
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import (
    Tried,
    bad_half,
    good,
    lost_ways,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._twins import twins
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._first_segment import first_segment
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._frames import sent_astray
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    INFO,
    POSSIBLE,
    PROVEN,
    Finding,
    Location,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Route
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Doubt, Hop, Stage

# What is seen of a cause, and is one only where no other is found.
_SIGNS = (
    "packet-loss",
    "latency-high",
    "dns-answers-lost",
    "first-syn-lost",
    "connection-idle-timeout",
    "endpoints-changed",
)

# What turns, and takes what leads by it with it.
_OF_TURNS = ("rules-flapping", "address-flapping", "device-down")
# What may turn, by the part of the kernel that meets it.
_TURNING: t.Mapping[Stage, tuple[str, ...]] = {Stage.ROUTING: ("route", "rule"), Stage.NEIGHBOUR: ("neighbour",)}
# Half of a connection that is not tracked makes the other half invalid, and who has another's hardware address takes
# its entries.
_SIGNS_OF = (("conntrack-bypassed", "conntrack-invalid-reset"), ("duplicate-address", "address-flapping"))


def shortages(inquiry: Inquiry) -> None:
    """Where the simulated packet arrives and the real one does not: what no packet shows."""
    case = inquiry.case
    silent = [probe for probe in inquiry.harmed if probe.outcome in SILENT and not lost(probe)]
    explained = any(cause.finding.confidence != POSSIBLE for cause in inquiry.causes.values())
    for cause in full_tables(case, bool(silent) and not explained):
        inquiry.add(cause)
    for cause in no_local_port(case, case.evidence.sent("tcp", "udp", "backend-tcp")):
        inquiry.add(cause)
    for cause in twins(case, inquiry.harmed):
        seen = sent_astray(case, cause, inquiry.harmed)
        inquiry.add(cause.saying(seen).as_sure_as(PROVEN) if seen is not None else cause)
    shared = list(shared_ports(case))
    for cause in shared:
        inquiry.suffering = True
        inquiry.add(cause)
    inquiry.unknown += () if shared or inquiry.harmed else tuple(lost_in_part(case))
    loss = packet_loss(case)
    if loss is not None:
        _blame(inquiry, loss, [one for one in inquiry.tried if lost(one.probe)])
    late = latency(case)
    if late is not None:
        inquiry.add(late)


def many_packets(inquiry: Inquiry) -> None:
    """What many packets show and one does not: shares, counters that moved, what changes from look to look."""
    evidence = inquiry.case.evidence
    for found in (loss_findings(evidence), idle_findings(evidence), inquiry.changes, shortage_findings(evidence)):
        for one in found:
            if one.severity == INFO:
                inquiry.info.append(one)
                continue
            surface = Cause(one, brings=tuple(_met_between(inquiry, one)))
            deeper = first_segment(inquiry.case) if one.id == "first-syn-lost" else None
            inquiry.add(surface.because_of(deeper) if deeper is not None else surface)
    inquiry.info += narrow(inquiry.case)
    for cause in few_ports(inquiry.case):
        signs = tuple(one for one in inquiry.causes.values() if one.finding.id in SIGNS)
        inquiry.add(dataclasses.replace(cause, brings=signs))


def _met_between(inquiry: Inquiry, turns: Finding) -> t.Iterator[Cause]:
    """Causes that a packet met while a route, policy rule or neighbour on its way was gone or another one: the snapshot
    fell between two changes."""
    moves = measured_dose(inquiry.case.evidence).moves.get(turns.location.node or "")
    turning = moves.turning if moves is not None and turns.id in _OF_TURNS else ()
    for tried in inquiry.tried:
        ways = [way for way in (tried.trip.ways if tried.trip is not None else ()) if not good(way)]
        ends = [bad_half(way)[0] for way in ways]
        to = {address for trace in ends if trace.hops for address in _next(trace.hops[-1])}
        for cause in tried.causes:
            kept = inquiry.causes.get(cause.key)
            step = cause.step
            if kept is None or step is None or (step.place.node, step.place.netns) != (turns.location.node, HOST):
                continue
            if any(one.kind in _TURNING.get(step.stage, ()) and _leads(one, to) for one in turning):
                yield kept


def _next(hop: Hop) -> tuple[str, ...]:
    """Where a packet goes from a namespace: its destination, and the next hop."""
    gateways = [str(step.decided.gateway or "") for step in hop.steps if isinstance(step.decided, Route)]
    return tuple(filter(None, (hop.after.dst, hop.before.dst, *gateways)))


def _leads(turning: Turning, addresses: t.Iterable[str]) -> bool:
    """Whether what went and came leads to one of these addresses."""
    first = turning.name.split()[0]
    if turning.kind == "rule" or first == "default":
        return True
    network = ipaddress.ip_network(first, strict=False)
    return any(ipaddress.ip_address(address) in network for address in addresses)


def limits(inquiry: Inquiry) -> None:
    """A rule that drops what is above a rate or number is that limit, where the dose has found it to be."""
    limits = [cause for cause in inquiry.causes.values() if cause.finding.id == "connection-limit"]
    counting = [
        last.decided
        for tried in inquiry.tried
        for way in (tried.trip.ways if tried.trip is not None else ())
        if any(one.doubt is Doubt.RATE for one in way.assumptions) and (last := bad_half(way)[0].last) is not None
    ]
    for cause in list(inquiry.causes.values()):
        rule = cause.step.decided if cause.step is not None else None
        if cause.finding.id not in ("netfilter-drop", "netfilter-reject") or rule is None or rule not in counting:
            continue
        same = next((one for one in limits if one.finding.location.node == cause.finding.location.node), None)
        if same is not None:
            inquiry.causes.pop(cause.key)
            inquiry.causes[same.key] = inquiry.causes[same.key].saying(*cause.finding.evidence)


def signs_of_causes(inquiry: Inquiry) -> None:
    """Loss and delay are what another cause brings about, where there is one."""
    # Where the simulation loses every packet, what a device has counted is where they ended.
    wholly = any(one.causes and one.bad >= 1.0 for one in inquiry.tried)
    names = (*_SIGNS, "nic-drops") if wholly else _SIGNS
    found = {cause.finding.id for cause in inquiry.causes.values()}
    names = (*names, *(sign for cause, sign in _SIGNS_OF if cause in found))
    signs = [
        cause for cause in inquiry.causes.values() if cause.finding.id in names and not _beside_the_rest(inquiry, cause)
    ]
    real = [
        cause
        for cause in inquiry.causes.values()
        if cause.finding.id not in names and cause.finding.confidence != POSSIBLE
    ]
    others = [cause for cause in signs if cause.finding.id != "packet-loss"]
    # What may be the cause brings about what may be its sign; a sign that was measured better stands before it.
    vague = [cause for cause in signs if cause.finding.confidence == POSSIBLE]
    maybe = [cause for cause in inquiry.causes.values() if cause.finding.id not in names and cause not in real]
    for cause in real or maybe or [sign for sign in signs if sign.finding.id == "packet-loss"]:
        brought = signs if real else vague if maybe else others
        keys = {one.key for one in cause.brings}
        more = tuple(sign for sign in brought if sign.key not in keys and sign.key != cause.key)
        inquiry.causes[cause.key] = dataclasses.replace(inquiry.causes[cause.key], brings=(*cause.brings, *more))


def _beside_the_rest(inquiry: Inquiry, sign: Cause) -> bool:
    """Whether loss that captures saw on the wire between two nodes is a fault of its own: whatever else was found ends
    single packets at places that no ping meets. And so is a queue of which the kernel says that it dropped the packets:
    it did before anything else could."""
    if sign.finding.id == "nic-drops":
        return any(proof.kind == "kernel" for proof in sign.finding.evidence)
    if sign.finding.id != "packet-loss" or sign.finding.confidence != PROVEN or sign.finding.location != Location():
        return False
    case = inquiry.case
    ended = {cause.key for one in inquiry.tried if one.bad >= 1.0 for cause in one.causes if cause.step is not None}
    others = [
        cause
        for cause in inquiry.causes.values()
        if cause is not sign and cause.finding.id not in _SIGNS and cause.finding.confidence != POSSIBLE
    ]
    bursts = measured_dose(case.evidence).dose.bursts
    targets = {(burst.probe.request.get("netns"), burst.probe.request.get("target")) for burst in bursts if burst.lossy}
    pings = [
        case.trip(probe)
        for probe in case.evidence.probes
        if probe.request.get("kind") == "icmp" and (probe.request.get("netns"), probe.request.get("target")) in targets
    ]
    pass_by = all(trip is not None and trip.arrives and not lost_ways(case, trip) for trip in pings)
    return bool(pings) and pass_by and bool(others) and all(cause.key in ended for cause in others)


def _blame(inquiry: Inquiry, surface: Cause, tried: t.Sequence[Tried]) -> None:
    """A symptom becomes what the causes of its probes bring about; without any it stands alone."""
    keys = {cause.key for one in tried for cause in one.causes}
    found = [key for key in keys if key in inquiry.causes]
    for key in found:
        cause = inquiry.causes[key]
        inquiry.causes[key] = dataclasses.replace(cause, brings=(*cause.brings, surface))
    if not found:
        inquiry.add(surface)
