# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The packets that failed, simulated: what ends them, and what becomes of those beside them."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._statistics import is_loss
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._applications import applications
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._exchanges import exchanges
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._pieces import in_pieces
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._resolver_file import (
    names_without_dns,
    unreadable_resolver,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._shared_ports import (
    outcomes_of,
    partly_answered,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._performance import lost
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._inquiry._state import SILENT, Inquiry
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._pod_networks import foreign_address
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._answering import answered_elsewhere
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import (
    Tried,
    bad_half,
    final,
    good,
    lost_ways,
    try_probe,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._programs import redirected
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._tunnel_sources import (
    source_mismatch,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._arrived import kept_out
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._by_hand import entry_by_hand
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._circling import circling
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._connections import stale_connections
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._expired import expired
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._filtered_back import filtered_back
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._kernel_said import kernel_said
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._mtu import mtu_findings, silent_sizes
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._observed import counted_since
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._own_flows import unanswered_flows
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._proof import capture_proof, sure
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._queues import (
    closed_queue,
    dropping_queue,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._segments import least_segments
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._symptoms import beside, unclear
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._unread import unread
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    INFO,
    LIKELY,
    POSSIBLE,
    PROVEN,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._cni import FLANNEL_PORT
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Disposition, Reason
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._crossed import by_unread_nodes
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._roundtrip import ANSWER

# What makes a snapshot tell of another moment than the probes.
_CHANGING = ("rules-flapping", "address-flapping", "device-down", "ip-forwarding-off")
# What takes packets of one kind and lets others pass; and an end where nobody takes a packet.
_OF_RULES = ("netfilter-drop", "netfilter-reject")
_NOBODY = (Reason.NO_SOCKET, Reason.SOCKET_ELSEWHERE)


def check_simulation(inquiry: Inquiry) -> None:
    """Probes that passed are simulated, too: with what was there when the snapshot was taken."""
    case = inquiry.case
    if any(one.id in _CHANGING for one in inquiry.changes):
        return
    inquiry.disagreements += [str(one) for one in case.paths().disagreements(case.evidence)]


def follow_packets(inquiry: Inquiry) -> None:
    """Each failed probe's own packet, simulated."""
    case = inquiry.case
    for probe in inquiry.harmed:
        if probe.request.get("kind") in ("path_mtu", "tcp_segment", "dns") and not _of_any_size(probe):
            continue
        if _pings_a_service(inquiry, probe):
            continue
        tried = _try_connections(case, probe) if probe.request.get("kind") == "connections" else try_probe(case, probe)
        inquiry.tried.append(tried)
        dropped = list(kernel_said(case, tried))
        _blame_for(inquiry, tried, behind=bool(dropped))
        for cause in tried.maybe if not dropped else ():
            seen = sure(case, cause, tried)
            if seen.finding.confidence != POSSIBLE:
                inquiry.add(seen)
        lived = () if tried.causes else expired(case, probe)
        said = [*dropped, *answered_elsewhere(case, probe), *lived, *filtered_back(case, tried)]
        said += [*kept_out(case, tried), *circling(case, tried), *entry_by_hand(case, tried)]
        closed = None if said else closed_queue(case, tried)
        for cause in (*said, *([closed] if closed is not None else ())):
            inquiry.add(cause)


def follow_datagrams(inquiry: Inquiry) -> None:
    """Datagrams of which a share stayed without an answer, where no probe that is waited for met it: the packet of one,
    where something on its way takes a share of such packets."""
    case = inquiry.case
    for probe in partly_answered(case) if not inquiry.harmed else ():
        outcomes = outcomes_of(probe)
        tried = try_probe(case, probe)
        if not is_loss(outcomes.count("no_reply"), len(outcomes)) or not 0.0 < tried.bad < 1.0:
            continue
        inquiry.suffering = True
        inquiry.tried.append(tried)
        _blame_for(inquiry, tried)


def _of_any_size(probe: Probe) -> bool:
    """Whether not the size of a packet decides, but that it carries data."""
    return probe.carries_nothing or (probe.outcome == "reply" and probe.sent_again[0] > 0)


def _blame_for(inquiry: Inquiry, tried: Tried, behind: bool = False) -> None:
    """What ends a probe's packet, and what would end it behind that; behind: something else ended it before."""
    for number, cause in enumerate(tried.causes):
        # What stands behind another fault was never met by a real packet.
        met = number == 0 and not behind
        inquiry.add(sure(inquiry.case, cause, tried) if met else cause.saying(probe_proof(tried.probe)))
    for cause in tried.behind:
        text = "what came before it mended, this may take the packet"
        inquiry.info.append(
            dataclasses.replace(cause.saying(Proof("simulation", "findings.json", text)).finding, severity=INFO)
        )


def _try_connections(case: Case, probe: Probe) -> Tried:
    """Many connections, of which a share is lost: by the packet of a single one to the same port, where dice on its way
    let a share pass for certain, or may: then what was observed has to say so. What else takes connections, a limit of
    them say, is told by counters."""
    same = ("target", "port", "netns")
    doubted: Tried | None = None
    for one in case.evidence.sent("tcp", "backend-tcp", address=probe.result.get("address")):
        if one.node != probe.node or any(one.request.get(key) != probe.request.get(key) for key in same):
            continue
        tried = try_probe(case, probe, case.trip(one))
        if 0.0 < tried.bad < 1.0:
            return tried
        if tried.bad == 0.0 and tried.causes and tried.trip is not None and any(map(good, tried.trip.ways)):
            doubted = dataclasses.replace(tried, causes=(), maybe=(*tried.maybe, *tried.causes))
    return doubted if doubted is not None else try_probe(case, probe)


def _pings_a_service(inquiry: Inquiry, probe: Probe) -> bool:
    """Whether a probe is a ping to an address that only a Service has, and something else fails, too: kube-proxy takes
    the Service's ports and no echoes, so what becomes of those says nothing."""
    case, request = inquiry.case, probe.request
    if request.get("kind") != "icmp" or all(one.request.get("kind") == "icmp" for one in inquiry.harmed):
        return False
    address = str(probe.result.get("address") or request.get("target") or "")
    return case.index.service_by_address(address) is not None and not case.network.owners(address)


def follow_what_is_beside(inquiry: Inquiry) -> None:
    """What keeps the source from single backends, to which their Service leads it: worth knowing."""
    for probe in beside(inquiry.case.evidence):
        for cause in try_probe(inquiry.case, probe).causes:
            inquiry.info.append(dataclasses.replace(cause.saying(probe_proof(probe)).finding, severity=INFO))


def set_pings_aside(inquiry: Inquiry) -> None:
    """Rules that take pings and nothing else: where the packets that were asked about are followed all the way there,
    and back, or with the changes that they need, what they never meet harms none of them."""
    if inquiry.case.evidence.plan["options"].get("protocol") == "icmp":
        return
    asked = [one for one in inquiry.tried if one.probe.request.get("kind") in ("tcp", "udp", "http")]
    if not asked or not all(_followed(one) for one in asked):
        return
    met = _met(asked)
    for tried in inquiry.tried:
        for cause in tried.causes if tried.probe.request.get("kind") == "icmp" else ():
            if cause.finding.id in _OF_RULES and cause.key not in met and cause.key in inquiry.causes:
                found = inquiry.causes.pop(cause.key).finding
                inquiry.info.append(dataclasses.replace(found, severity=INFO))


def _met(asked: t.Sequence[Tried]) -> set[tuple[str, str]]:
    """What the packets that were asked about meet, and what that brings about."""
    return {one.key for tried in asked for cause in tried.causes for one in (cause, *cause.brings)}


def _followed(one: Tried) -> bool:
    """Whether nothing is left on the way of a packet that may take it: it arrives, with all changes or without any, or
    it came to where nobody takes it, and the answer that says so came back."""
    ways = one.trip.ways if one.trip is not None else ()
    refused = all(way.forward.reason in _NOBODY and way.back is not None and way.back.delivered for way in ways)
    arrives = one.arrives and one.doubtful == 0.0
    return one.mended or arrives or (bool(ways) and refused)


def redirected_connections(inquiry: Inquiry) -> None:
    """Connections that a program sent elsewhere: what became of them there is what that brought about."""
    for probe in inquiry.harmed:
        cause = redirected(inquiry.case, probe)
        if cause is None:
            continue
        keys = [one.key for tried in inquiry.tried if tried.probe.id == probe.id for one in tried.causes]
        brings = tuple(inquiry.causes[key] for key in dict.fromkeys(keys) if key in inquiry.causes)
        inquiry.add(dataclasses.replace(cause, brings=brings))


def tracked_flows(inquiry: Inquiry) -> None:
    """Flows of the source that are kept on an old way: a probe, from a new port, does not meet them."""
    for cause in stale_connections(inquiry.case):
        if cause.finding.severity == INFO or inquiry.harmed:
            # What probes suffer from is something else: they meet no such entry.
            inquiry.info.append(dataclasses.replace(cause.finding, severity=INFO))
        else:
            inquiry.suffering = True
            inquiry.add(cause)
    if inquiry.harmed:
        return
    for cause in unanswered_flows(inquiry.case):
        inquiry.suffering = True
        inquiry.add(cause)


def other_users(inquiry: Inquiry) -> None:
    """Packets of the source's own programs, which belong to other users than the probes'."""
    if inquiry.harmed:
        return
    found = applications(inquiry.case)
    inquiry.unknown = found.unknown
    for cause in (*found.causes, *unreadable_resolver(inquiry.case), *names_without_dns(inquiry.case)):
        inquiry.suffering = True
        inquiry.add(cause)


def beside_the_probes(inquiry: Inquiry) -> None:
    """What applications send on connections like those of the probes, and the probes do not."""
    if inquiry.harmed:
        return
    for cause in exchanges(inquiry.case):
        inquiry.suffering = True
        inquiry.add(cause)
    large = in_pieces(inquiry.case)
    inquiry.unknown += large.unknown
    for cause in large.causes:
        inquiry.suffering = True
        inquiry.add(cause)


def silent_servers(inquiry: Inquiry) -> None:
    """UDP that nobody answers, or data that is reset, is harm where the simulation loses the packets, captures have
    seen them get lost, or a rule that may take them has counted as many."""
    case = inquiry.case
    for probe in unclear(case.evidence):
        tried = try_probe(case, probe)
        simulated = bool(tried.causes) and (tried.bad >= 1.0 or any(cause.itself for cause in tried.causes))
        said = [*kernel_said(case, tried), *answered_elsewhere(case, probe)] or list(unread(case, tried))
        counted = any(counted_since(case, cause, [probe]) is not None for cause in tried.causes)
        if not simulated and not said and not counted and not _seen_lost(case.evidence, probe):
            continue
        for cause in said:
            inquiry.add(cause)
        inquiry.tried.append(tried)
        inquiry.harmed.append(probe)
        _blame_for(inquiry, tried)


def set_backends_aside(inquiry: Inquiry) -> None:
    """What keeps the source from single backends only without their Service: where the packets for the Service are
    followed all the way, to each of them, what they never meet harms nobody who was asked about."""
    case = inquiry.case
    known = {one.probe.id: one for one in inquiry.tried}
    asked = [known.get(probe.id) or try_probe(case, probe) for probe in case.evidence.sent("tcp", "udp")]
    if case.evidence.service is None or not asked or not all(_followed(one) for one in asked):
        return
    met = _met(asked)
    direct = [one for one in inquiry.tried if one.probe.role == "backend-tcp" and one.causes]
    unmet = {cause.key for one in direct for cause in one.causes if cause.step is not None} - met
    for key in sorted(unmet & inquiry.causes.keys()):
        inquiry.info.append(dataclasses.replace(inquiry.causes.pop(key).finding, severity=INFO))
    aside = [one.probe for one in direct if {cause.key for cause in one.causes} <= unmet]
    inquiry.harmed[:] = [probe for probe in inquiry.harmed if all(probe is not one for one in aside)]


def _seen_lost(evidence: Evidence, probe: Probe) -> bool:
    return any(capture_proof(evidence, [probe], backwards=backwards) is not None for backwards in (False, True))


def large_packets(inquiry: Inquiry) -> None:
    """Packets that are lost for their size: by an MTU, or by what else ends the large ones."""
    case = inquiry.case
    for least in least_segments(case):
        inquiry.add(least)
    dependent = size_dependent(case)
    spared = {tried.probe.id for tried in dependent if _spares_what_was_asked(case, tried)}
    inquiry.harmed[:] = [probe for probe in inquiry.harmed if probe.id not in spared]
    for one in mtu_findings(case):
        if one.severity != INFO and spared and spared >= {probe.id for probe in silent_sizes(case.evidence)}:
            found = [cause.finding for tried in dependent for cause in tried.causes[:1]]
            inquiry.info += [dataclasses.replace(each, severity=INFO) for each in found]
            continue
        if one.severity == INFO:
            inquiry.info.append(one)
            continue
        surface = Cause(one)
        met = [(cause, tried) for tried in dependent for cause in tried.causes[:1]]
        for cause, tried in met:
            inquiry.add(surface.because_of(sure(case, cause, tried)))
        if not met:
            queue = dropping_queue(case) if one.id == "path-mtu-blackhole" else None
            inquiry.add(surface.because_of(queue) if queue is not None else surface)


def _spares_what_was_asked(case: Case, tried: Tried) -> bool:
    """Whether rules took large echoes for being echoes: packets of that size, of the protocol that was asked about and
    was answered, pass them there and back in the simulation."""
    asked = [one for one in case.evidence.passed("tcp", "udp", "backend-tcp") if case.trip(one) is not None]
    by_rule = bool(tried.causes) and all(cause.finding.id in _OF_RULES for cause in tried.causes)
    if tried.probe.request.get("kind") != "path_mtu" or tried.trip is None or not asked or not by_rule:
        return False
    for one in asked:
        trip = case.with_data(one)
        if trip is None:
            return False
        request = dataclasses.replace(trip.request, size=tried.trip.request.size)
        other = case.paths().round_trip(trip.start, request, ANSWER._replace(size=request.size))
        if lost_ways(case, other):
            return False
    return True


def size_dependent(case: Case) -> list[Tried]:
    """Size probes whose large packets end by something else than an MTU, a rule on their length say, though small ones
    pass.
    """
    found = []
    for probe in silent_sizes(case.evidence):
        small, trip = case.small(probe), case.trip(probe)
        if trip is None or small is None or small.arrives is False:
            continue
        if small.arrives is None and len(lost_ways(case, trip)) < len(trip.ways):
            # It depends for both: nothing tells them apart.
            continue
        if all(bad_half(way)[0].disposition is not Disposition.TOO_BIG for way in trip.ways):
            found.append(try_probe(case, probe))
    return found


def pod_networks(inquiry: Inquiry) -> None:
    """Packets that leave for an address of a pod which only its own node knows: what routers between the nodes make of
    them is in no snapshot."""
    case = inquiry.case
    if inquiry.causes:
        return
    for one in inquiry.tried:
        if not one.arrives or one.trip is None or lost(one.probe):
            continue
        for way in one.trip.ways:
            for half in way.traces:
                start = half.hops[0].node if half.hops else None
                cause = foreign_address(case, final(half), start) if start is not None else None
                if cause is not None:
                    inquiry.add(cause.saying(probe_proof(one.probe)).as_sure_as(LIKELY if cause.open else PROVEN))


def tunnel_sources(inquiry: Inquiry) -> None:
    """Tunnels that send from an address that no node is known by: what others make of that is not in any snapshot."""
    case = inquiry.case
    if inquiry.causes or not any(one.arrives for one in inquiry.tried):
        return
    for one in inquiry.tried:
        if not one.arrives or one.trip is None or one.probe.outcome not in SILENT or lost(one.probe):
            continue
        for way in one.trip.ways:
            traces = [way.forward, *([way.back] if way.back is not None else [])]
            nodes = {hop.node for trace in traces for hop in trace.hops if hop.after.vni is not None}
            for node in sorted(nodes):
                for name, link in case.evidence.nodes[node].host.links.items():
                    cause = source_mismatch(case, node, name) if link.vxlan is not None else None
                    if cause is not None:
                        inquiry.add(sure(case, cause, one).as_sure_as(LIKELY))


def between_nodes(inquiry: Inquiry) -> None:
    """Tunnel packets that leave one node and never come to the other, though the nodes reach each other."""
    case = inquiry.case
    if inquiry.causes or not case.evidence.passed("node-ping"):
        return
    for one in inquiry.tried:
        # A node in between that was not read is none of the network.
        known = one.arrives and one.trip is not None and not by_unread_nodes(case.evidence, one.trip)
        for flow in case.evidence.flows(one.probe.id) if known else []:
            for way in ("forward", "reply"):
                last, missing = flow.get(f"last_{way}") or {}, flow.get(f"missing_{way}") or {}
                ends = (last.get("node"), missing.get("node"))
                if not flow.get("lossless") or flow.get("ambiguous") or None in ends or ends[0] == ends[1]:
                    continue
                if (last.get("device"), missing.get("device")) != (case.nic(ends[0]), case.nic(ends[1])):
                    continue
                if not _in_a_tunnel(flow, way, last):
                    continue
                seen = capture_proof(case.evidence, [one.probe], backwards=way == "reply")
                host = case.host(ends[0])
                tunnels = [link for link in host.links.values() if link.vxlan is not None] if host else []
                port = tunnels[0].vxlan.port if tunnels and tunnels[0].vxlan else None
                if seen is None or port is None or not _tunnels_agree(case, str(ends[0]), str(ends[1])):
                    continue
                inquiry.add(
                    Cause(
                        finding(
                            "tunnel-port-blocked",
                            Location(),
                            f"the network between {ends[0]} and {ends[1]} carries UDP {port}",
                            f"tunnel packets leave {ends[0]} and never come to {ends[1]}, while pings between the nodes"
                            " pass",
                            f"Let UDP {port} pass between the nodes: security groups, firewalls and the hypervisor"
                            " (which may use the port itself).",
                            (seen, *map(probe_proof, (one.probe, *case.evidence.passed("node-ping")[:1]))),
                            confidence=PROVEN,
                        ),
                        itself=True,
                    )
                )


def _tunnels_agree(case: Case, here: str, there: str) -> bool:
    """Whether nothing of the tunnels themselves keeps two nodes apart: ports and networks that differ, of which a node
    sees its own alone, or a source that the network does not expect."""
    settings: list[set[tuple[int | None, int]]] = []
    for host in filter(None, (case.host(here), case.host(there))):
        ends = [link.vxlan for link in host.links.values() if link.vxlan is not None]
        settings.append({(one.id, one.port or FLANNEL_PORT) for one in ends})
    if len(settings) > 1 and not set.intersection(*settings):
        return False
    own = case.host(here)
    devices = [name for name, link in own.links.items() if link.vxlan is not None] if own is not None else []
    return all(source_mismatch(case, here, name) is None for name in devices)


def _in_a_tunnel(flow: JsonObject, way: str, point: JsonObject) -> bool:
    """Whether the packets of a flow were seen there as what a tunnel carries."""
    return any(
        one.get("outer") and one.get("direction") == way and one.get("node") == point.get("node")
        for one in flow.get("sightings") or []
        if one.get("device") == point.get("device")
    )
