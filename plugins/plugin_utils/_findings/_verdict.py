# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The verdict as an experiment: symptoms, the causes that end their packets, the roots among them, one sentence."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._applications import applications
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._backends import unhealthy_backends
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._dns import dns_causes
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._oddities import oddities
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._changes import change_findings
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
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._promise import measured_promise
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._clocks import (
    because_of_the_clock,
    clock_findings,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._endpoints import (
    headless_port,
    no_endpoints,
    readable,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._pod_networks import foreign_address
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._stopped import (
    stopped_ends,
    with_the_network,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._workloads import (
    not_ready_node,
    unready,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._answering import answered_elsewhere
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import (
    Tried,
    bad_half,
    final,
    lost_ways,
    try_probe,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._first_segment import first_segment
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._programs import redirected
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._tunnels import source_mismatch
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._twins import twins
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._connections import stale_connections
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._kernel_said import kernel_said
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._mtu import mtu_findings, silent_sizes
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._observed import dropped_text
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._proof import capture_proof, sure
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._queues import (
    closed_queue,
    dropping_queue,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._symptoms import (
    measured,
    not_measured,
    symptoms,
    unasked,
    unclear,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    CONFIDENCE,
    CRITICAL,
    INFO,
    LIKELY,
    POSSIBLE,
    PROVEN,
    SEVERITY,
    Finding,
    Location,
    Proof,
    Verdict,
    probe_proof,
    stronger,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _services as services
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Socket
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Disposition, Doubt, Reason

JsonObject = dict[str, t.Any]
# What is seen of a cause, and is one only where no other is found.
_SIGNS = (
    "packet-loss",
    "latency-high",
    "dns-answers-lost",
    "first-syn-lost",
    "connection-idle-timeout",
    "endpoints-changed",
)
# A name that stands for another address than it should.
_OTHER_ADDRESS = ("dns-hosts-file", "dns-search-ndots", "dns-answer-wrong")
# What makes a snapshot tell of another moment than the probes.
_CHANGING = ("rules-flapping", "address-flapping")
# What takes packets of one kind and lets others pass; and an end where nobody takes a packet.
_OF_RULES = ("netfilter-drop", "netfilter-reject")
_NOBODY = (Reason.NO_SOCKET, Reason.SOCKET_ELSEWHERE)
_UNREADY = ("pod-not-ready", "container-not-ready")
_SILENT = ("no_reply", "timed_out", "no_route", "unreachable")


@dataclasses.dataclass
class Inquiry:
    """What an analysis found: causes by their key, findings that are information, failures of its own rules.

    suffering: whether packets of the source's own programs get nowhere, though the probes pass; unknown: what may keep
    them from it.
    """

    case: Case
    harmed: list[Probe]
    causes: dict[tuple[str, str], Cause] = dataclasses.field(default_factory=dict)
    info: list[Finding] = dataclasses.field(default_factory=list)
    disagreements: list[str] = dataclasses.field(default_factory=list)
    errors: list[str] = dataclasses.field(default_factory=list)
    tried: list[Tried] = dataclasses.field(default_factory=list)
    suffering: bool = False
    unknown: tuple[str, ...] = ()

    @functools.cached_property
    def changes(self) -> tuple[Finding, ...]:
        """What changed while we looked."""
        return tuple(change_findings(self.case.evidence))

    def add(self, cause: Cause) -> None:
        """Keep a cause; the same one seen twice is as sure as the surer sight, with the evidence of both."""
        known = self.causes.get(cause.key)
        if known is None:
            self.causes[cause.key] = cause
            return
        sure_as = stronger(known.finding.confidence, cause.finding.confidence)
        brings = {one.key: one for one in (*known.brings, *cause.brings)}
        merged = known.saying(*cause.finding.evidence).as_sure_as(sure_as)
        self.causes[cause.key] = dataclasses.replace(merged, brings=tuple(brings.values()))


def inquire(case: Case) -> Inquiry:
    """All causes and oddities. A part that crashes becomes an error of the analysis, not its end."""
    inquiry = Inquiry(case, symptoms(case.evidence))
    for name, part in _PARTS.items():
        try:
            part(inquiry)
        except Exception as exc:  # pylint: disable=broad-except
            inquiry.errors.append(f'Cannot apply the rules "{name}": {type(exc).__name__}: {exc}')
    return inquiry


# -- parts ---------------------------------------------------------------------------------------------------------
def _self_check(inquiry: Inquiry) -> None:
    """Probes that passed are simulated, too: with what was there when the snapshot was taken."""
    case = inquiry.case
    if any(one.id in _CHANGING for one in inquiry.changes):
        return
    inquiry.disagreements += [str(one) for one in case.paths().disagreements(case.evidence)]


def _asked_port(inquiry: Inquiry) -> None:
    """A Service without the port that was asked for has no packet that could be followed."""
    case = inquiry.case
    end = case.evidence.destination
    if end is None or end.kind != "service" or end.service is not None or not end.why:
        return
    item = case.index.services.get((end.namespace, end.name))
    if ((item or {}).get("spec") or {}).get("type") == "ExternalName":
        # A name for a name: it has no ports of its own.
        return
    entries = ((item or {}).get("spec") or {}).get("ports") or []
    other = [str(entry.get("protocol") or "TCP") for entry in entries if entry.get("port") == end.port]
    identifier = "service-protocol-mismatch" if other else "service-port-missing"
    inquiry.add(
        Cause(
            finding(
                identifier,
                Location(namespace=end.namespace, service=end.name),
                f"Service {end.namespace}/{end.name} has port {end.port} for {end.protocol}",
                end.why,
                "Use one of the Service's ports, or add the port to its `spec.ports`.",
                (
                    Proof("config", "cluster.json.gz", end.why),
                    *map(probe_proof, case.evidence.failed("tcp", "udp")[:2]),
                ),
                confidence=PROVEN,
            ),
            itself=True,
        )
    )


def _packets(inquiry: Inquiry) -> None:
    """Each failed probe's own packet, simulated."""
    case = inquiry.case
    for probe in inquiry.harmed:
        if probe.request.get("kind") in ("path_mtu", "tcp_segment", "dns") and not probe.carries_nothing:
            continue
        tried = try_probe(case, probe)
        inquiry.tried.append(tried)
        for number, cause in enumerate(tried.causes):
            # What stands behind another fault was never met by a real packet.
            certain = sure(case, cause, tried) if number == 0 else cause.saying(probe_proof(probe))
            inquiry.add(certain)
        for cause in tried.maybe:
            seen = sure(case, cause, tried)
            if seen.finding.confidence != POSSIBLE:
                inquiry.add(seen)
        said = [*kernel_said(case, tried), *answered_elsewhere(case, probe)]
        closed = None if said else closed_queue(case, tried)
        for cause in (*said, *([closed] if closed is not None else ())):
            inquiry.add(cause)


def _beside_the_question(inquiry: Inquiry) -> None:
    """Rules that take pings and nothing else: where the packets that were asked about are followed all the way there,
    and back, or with the changes that they need, what they never meet harms none of them."""
    if inquiry.case.evidence.plan["options"].get("protocol") == "icmp":
        return
    asked = [one for one in inquiry.tried if one.probe.request.get("kind") in ("tcp", "udp", "http")]
    if not asked or not all(_followed(one) for one in asked):
        return
    met = {one.key for tried in asked for cause in tried.causes for one in (cause, *cause.brings)}
    for tried in inquiry.tried:
        for cause in tried.causes if tried.probe.request.get("kind") == "icmp" else ():
            if cause.finding.id in _OF_RULES and cause.key not in met and cause.key in inquiry.causes:
                found = inquiry.causes.pop(cause.key).finding
                inquiry.info.append(dataclasses.replace(found, severity=INFO))


def _followed(one: Tried) -> bool:
    """Whether nothing is left on the way of a packet that may take it: it arrives, with all changes or without any, or
    it came to where nobody takes it, and the answer that says so came back."""
    ways = one.trip.ways if one.trip is not None else ()
    refused = all(way.forward.reason in _NOBODY and way.back is not None and way.back.delivered for way in ways)
    arrives = one.arrives and one.doubtful == 0.0
    return one.mended or arrives or (bool(ways) and refused)


def _redirected(inquiry: Inquiry) -> None:
    """Connections that a program sent elsewhere: what became of them there is what that brought about."""
    for probe in inquiry.harmed:
        cause = redirected(inquiry.case, probe)
        if cause is None:
            continue
        keys = [one.key for tried in inquiry.tried if tried.probe.id == probe.id for one in tried.causes]
        brings = tuple(inquiry.causes[key] for key in dict.fromkeys(keys) if key in inquiry.causes)
        inquiry.add(dataclasses.replace(cause, brings=brings))


def _tracked_flows(inquiry: Inquiry) -> None:
    """Flows of the source that are kept on an old way: a probe, from a new port, does not meet them."""
    for cause in stale_connections(inquiry.case):
        if cause.finding.severity == INFO or inquiry.harmed:
            # What probes suffer from is something else: they meet no such entry.
            inquiry.info.append(dataclasses.replace(cause.finding, severity=INFO))
        else:
            inquiry.suffering = True
            inquiry.add(cause)


def _applications(inquiry: Inquiry) -> None:
    """Packets of the source's own programs, which belong to other users than the probes'."""
    if inquiry.harmed:
        return
    found = applications(inquiry.case)
    inquiry.unknown = found.unknown
    for cause in found.causes:
        inquiry.suffering = True
        inquiry.add(cause)


def _silent_servers(inquiry: Inquiry) -> None:
    """UDP that nobody answers is harm where the simulation loses the packets, or captures have seen them get lost."""
    case = inquiry.case
    for probe in unclear(case.evidence):
        tried = try_probe(case, probe)
        simulated = bool(tried.causes) and (tried.bad >= 1.0 or any(cause.itself for cause in tried.causes))
        said = [*kernel_said(case, tried), *answered_elsewhere(case, probe)]
        if not simulated and not said and not _seen_lost(case.evidence, probe):
            continue
        for cause in said:
            inquiry.add(cause)
        inquiry.tried.append(tried)
        inquiry.harmed.append(probe)
        if tried.causes:
            inquiry.add(sure(case, tried.causes[0], tried))


def _seen_lost(evidence: Evidence, probe: Probe) -> bool:
    return any(capture_proof(evidence, [probe], backwards=backwards) is not None for backwards in (False, True))


def _unmeasured(inquiry: Inquiry) -> None:
    """Ends without an address, or a Service without any endpoint, have no packets: their objects speak."""
    case = inquiry.case
    if not readable(case):
        return
    end = case.evidence.destination
    for one in (case.evidence.source, end):
        pod = case.index.pods.get((one.namespace, one.name)) if one is not None and one.kind == "pod" else None
        if pod is not None and one is not None and one.address is None:
            inquiry.add(_by_objects(unready(case, pod)))
    asked = case.service_asked()
    # Where the name does not resolve, nothing was measured of the Service that it means.
    unresolved = case.evidence.uses_name and bool(case.evidence.failed("dns-pod"))
    known = bool(inquiry.causes) and not _only_silence(inquiry)
    if asked is None or asked.external_name or (known and not unresolved):
        return
    failing = bool(case.evidence.failed("tcp", "udp")) or not measured(case.evidence) or unasked(case.evidence)
    if asked.headless and failing:
        untranslated = headless_port(case, asked)
        if untranslated is not None:
            inquiry.add(_by_objects(untranslated))
            return
    usable = [one for one in services.slice_backends(case.index, asked, None) if one.ready or one.draining]
    if failing and not usable:
        inquiry.add(_by_objects(no_endpoints(case, asked)).saying(*map(probe_proof, case.evidence.failed("tcp")[:2])))


def _only_silence(inquiry: Inquiry) -> bool:
    return all(cause.finding.confidence == POSSIBLE for cause in inquiry.causes.values())


def _dead_nodes(inquiry: Inquiry) -> None:
    """A target that is cut off, on a node that could not be read and does not report: that is what is known."""
    case = inquiry.case
    if inquiry.causes or not inquiry.harmed:
        return
    for target in case.evidence.targets:
        item = case.index.nodes.get(target.node or "")
        if item is None or target.node in case.evidence.nodes or not case.evidence.cut_off(target):
            continue
        if not case.index.node_ready(item)[0] or case.evidence.silent(str(target.node)):
            inquiry.add(not_ready_node(case, str(target.node)).as_sure_as(PROVEN))


def _by_objects(cause: Cause) -> Cause:
    return cause.as_sure_as(PROVEN if cause.itself and not cause.open else LIKELY)


def _names(inquiry: Inquiry) -> None:
    for cause in dns_causes(inquiry.case):
        meant = cause.finding.id == "dns-hosts-file" and cause.finding.confidence != PROVEN
        if cause.finding.id in _OTHER_ADDRESS and not meant:
            # What became of packets to an address that nobody meant is its consequence.
            keys = {one.key for tried in inquiry.tried for one in tried.causes}
            met = tuple(one for key, one in inquiry.causes.items() if key in keys)
            cause = dataclasses.replace(cause, brings=(*cause.brings, *met))
        inquiry.add(cause)


def _sizes(inquiry: Inquiry) -> None:
    case = inquiry.case
    for one in mtu_findings(case):
        if one.severity == INFO:
            inquiry.info.append(one)
            continue
        surface = Cause(one)
        met = [(cause, tried) for tried in size_dependent(case) for cause in tried.causes[:1]]
        for cause, tried in met:
            inquiry.add(surface.because_of(sure(case, cause, tried)))
        if not met:
            queue = dropping_queue(case) if one.id == "path-mtu-blackhole" else None
            inquiry.add(surface.because_of(queue) if queue is not None else surface)


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


def _shortages(inquiry: Inquiry) -> None:
    """Where the simulated packet arrives and the real one does not: what no packet shows."""
    case = inquiry.case
    silent = [probe for probe in inquiry.harmed if probe.outcome in _SILENT and not lost(probe)]
    explained = any(cause.finding.confidence != POSSIBLE for cause in inquiry.causes.values())
    for cause in full_tables(case, bool(silent) and not explained):
        inquiry.add(cause)
    for cause in no_local_port(case, case.evidence.sent("tcp", "udp", "backend-tcp")):
        inquiry.add(cause)
    for cause in twins(case, inquiry.harmed):
        inquiry.add(cause)
    loss = packet_loss(case)
    if loss is not None:
        _blame(inquiry, loss, [one for one in inquiry.tried if lost(one.probe)])
    late = latency(case)
    if late is not None:
        inquiry.add(late)


def _dose(inquiry: Inquiry) -> None:
    """What many packets show and one does not: shares, counters that moved, what changes from look to look."""
    evidence = inquiry.case.evidence
    for found in (loss_findings(evidence), idle_findings(evidence), inquiry.changes, shortage_findings(evidence)):
        for one in found:
            if one.severity == INFO:
                inquiry.info.append(one)
                continue
            surface = Cause(one)
            deeper = first_segment(inquiry.case) if one.id == "first-syn-lost" else None
            inquiry.add(surface.because_of(deeper) if deeper is not None else surface)
    inquiry.info += narrow(inquiry.case)
    for cause in few_ports(inquiry.case):
        signs = tuple(one for one in inquiry.causes.values() if one.finding.id in SIGNS)
        inquiry.add(dataclasses.replace(cause, brings=signs))


def _limits(inquiry: Inquiry) -> None:
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


def _backends(inquiry: Inquiry) -> None:
    """One backend that does not answer, where nothing else is known of it."""
    known = {
        (one.finding.location.namespace, one.finding.location.pod)
        for cause in inquiry.causes.values()
        for one in (cause, *cause.brings)
    }
    for cause in unhealthy_backends(inquiry.case, inquiry.tried):
        if (cause.finding.location.namespace, cause.finding.location.pod) not in known:
            inquiry.add(cause)


def _stopped(inquiry: Inquiry) -> None:
    """Ends none of whose containers run: causes, whatever was measured."""
    for one in stopped_ends(inquiry.case.evidence):
        place = (one.location.namespace, one.location.pod)
        brought = [each.finding for cause in inquiry.causes.values() for each in cause.brings]
        if any(each.id in _UNREADY and (each.location.namespace, each.location.pod) == place for each in brought):
            # What is deeper than that was found.
            continue
        known = [
            cause
            for cause in inquiry.causes.values()
            if (cause.finding.location.namespace, cause.finding.location.pod) == place
            and cause.key != (one.id, str(one.location))
        ]
        cause = Cause(dataclasses.replace(one, severity=CRITICAL), itself=True, brings=tuple(known))
        inquiry.causes.pop(cause.key, None)
        inquiry.add(cause)


def _clocks(inquiry: Inquiry) -> None:
    """Programs of a node that are not let in, because its clock is wrong."""
    for key, cause in list(inquiry.causes.items()):
        deeper = because_of_the_clock(inquiry.case, cause)
        if deeper is not None:
            inquiry.causes.pop(key)
            inquiry.add(deeper)


def _signs(inquiry: Inquiry) -> None:
    """Loss and delay are what another cause brings about, where there is one."""
    # Where the simulation loses every packet, what a device has counted is where they ended.
    wholly = any(one.causes and one.bad >= 1.0 for one in inquiry.tried)
    names = (*_SIGNS, "nic-drops") if wholly else _SIGNS
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
    single packets at places that no ping meets."""
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


def _pod_networks(inquiry: Inquiry) -> None:
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


def _sources(inquiry: Inquiry) -> None:
    """Tunnels that send from an address that no node is known by: what others make of that is not in any snapshot."""
    case = inquiry.case
    if inquiry.causes or not any(one.arrives for one in inquiry.tried):
        return
    for one in inquiry.tried:
        if not one.arrives or one.trip is None or one.probe.outcome not in _SILENT or lost(one.probe):
            continue
        for way in one.trip.ways:
            traces = [way.forward, *([way.back] if way.back is not None else [])]
            nodes = {hop.node for trace in traces for hop in trace.hops if hop.after.vni is not None}
            for node in sorted(nodes):
                for name, link in case.evidence.nodes[node].host.links.items():
                    cause = source_mismatch(case, node, name) if link.vxlan is not None else None
                    if cause is not None:
                        inquiry.add(sure(case, cause, one).as_sure_as(LIKELY))


def _between_nodes(inquiry: Inquiry) -> None:
    """Tunnel packets that leave one node and never come to the other, though the nodes reach each other."""
    case = inquiry.case
    if inquiry.causes or not case.evidence.passed("node-ping"):
        return
    for one in inquiry.tried:
        for flow in case.evidence.flows(one.probe.id) if one.arrives else []:
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
                if seen is None or port is None:
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


def _in_a_tunnel(flow: JsonObject, way: str, point: JsonObject) -> bool:
    """Whether the packets of a flow were seen there as what a tunnel carries."""
    return any(
        one.get("outer") and one.get("direction") == way and one.get("node") == point.get("node")
        for one in flow.get("sightings") or []
        if one.get("device") == point.get("device")
    )


def _objects(inquiry: Inquiry) -> None:
    inquiry.info += [*oddities(inquiry.case), *clock_findings(inquiry.case)]


_PARTS: t.Mapping[str, t.Callable[[Inquiry], None]] = {
    "self-check": _self_check,
    "port": _asked_port,
    "packets": _packets,
    "beside the question": _beside_the_question,
    "redirected": _redirected,
    "silent servers": _silent_servers,
    "tracked flows": _tracked_flows,
    "applications": _applications,
    "names": _names,
    "objects": _unmeasured,
    "nodes": _dead_nodes,
    "sizes": _sizes,
    "pod networks": _pod_networks,
    "tunnel sources": _sources,
    "network": _between_nodes,
    "shortages": _shortages,
    "dose": _dose,
    "limits": _limits,
    "backends": _backends,
    "stopped": _stopped,
    "clocks": _clocks,
    "signs": _signs,
    "oddities": _objects,
}


# -- findings ------------------------------------------------------------------------------------------------------
def roots(inquiry: Inquiry) -> list[Cause]:
    """The causes that no other brings about, the one that explains most first. What may be counts only alone."""
    brought = {one.key for cause in inquiry.causes.values() for one in cause.brings}
    found = [cause for key, cause in inquiry.causes.items() if key not in brought]
    better = [cause for cause in found if cause.finding.confidence != POSSIBLE]
    serious = [cause for cause in (better or found) if cause.finding.severity != INFO]
    return sorted(
        serious,
        key=lambda cause: (
            -len(cause.brings),
            SEVERITY.index(cause.finding.severity),
            -CONFIDENCE.index(cause.finding.confidence),
        ),
    )


def findings_of(inquiry: Inquiry, causes: t.Sequence[Cause]) -> list[Finding]:
    """Roots with what they explain, then their consequences, then what is odd."""
    found: dict[tuple[str, str], Finding] = {}
    doubted = bool(inquiry.disagreements)
    for cause in causes:
        one = dataclasses.replace(
            cause.finding, explains=tuple(dict.fromkeys(each.finding.id for each in cause.brings))
        )
        if doubted and cause.step is not None:
            one = dataclasses.replace(one, confidence=POSSIBLE)
        found[cause.key] = one
    for cause in causes:
        for number, each in enumerate(cause.brings):
            later = tuple(dict.fromkeys(one.finding.id for one in cause.brings[number + 1 :]))
            found.setdefault(each.key, dataclasses.replace(each.finding, explains=later))
    for cause in inquiry.causes.values():
        found.setdefault(cause.key, dataclasses.replace(cause.finding, severity=INFO))
    named = {(cause.finding.id, cause.finding.location.node) for each in causes for cause in (each, *each.brings)}
    for one in inquiry.info:
        # What a cause says of the same thing says enough.
        if not any(one.id == name and one.location.node in (None, node) for name, node in named):
            found.setdefault((one.id, str(one.location)), one)
    return sorted(found.values(), key=lambda one: SEVERITY.index(one.severity))


def judge(inquiry: Inquiry, causes: t.Sequence[Cause], findings: t.Sequence[Finding]) -> Verdict:
    """The verdict: fault with its root causes, healthy, or that it cannot be told."""
    evidence = inquiry.case.evidence
    verdict = _judge(inquiry, causes, findings)
    return with_the_network(verdict, stopped_ends(evidence), measured(evidence), bool(inquiry.harmed))


def _judge(inquiry: Inquiry, causes: t.Sequence[Cause], findings: t.Sequence[Finding]) -> Verdict:
    evidence = inquiry.case.evidence
    asked = inquiry.harmed or inquiry.suffering or not measured(evidence) or unasked(evidence) or stopped_ends(evidence)
    if causes and asked:
        by_key = {(one.id, str(one.location)): one for one in findings}
        first = by_key[causes[0].key]
        place = f" ({first.location})" if str(first.location) else ""
        more = f" {len(causes) - 1} more cause(s) beside it." if len(causes) > 1 else ""
        return Verdict(
            "fault",
            tuple(dict.fromkeys(cause.finding.id for cause in causes)),
            first.confidence,
            f"{first.title}{place}: {first.observed}.{more}",
            first.location,
            first.remediation,
            first.proof if first.confidence == PROVEN else "",
        )
    if inquiry.harmed:
        return _inconclusive(
            _gap(inquiry),
            "Look at the failed steps; run again with diagnose_capture=always and more nodes (diagnose_max_nodes).",
        )
    missing = not_measured(evidence, inquiry.errors)
    if missing:
        return _inconclusive(
            f"It cannot be told: {missing}{_came_to(inquiry)}",
            "Mend what kept the probes from being made, and run again.",
        )
    if inquiry.unknown:
        return _inconclusive(
            f"Every probe passed, and the application may fare otherwise: {'; '.join(inquiry.unknown[:3])}.",
            "Look at that rule: does it mean the application? Ask from inside its container:\n"
            "$ kubectl exec POD -c CONTAINER -- …",
        )
    source = evidence.source.label if evidence.source else "the source"
    target = evidence.destination.text if evidence.destination else "the destination"
    promise = measured_promise(evidence)
    summary = f"{source} reaches {target}: every probe passed" + (f" ({promise})." if promise else ".")
    return Verdict("healthy", (), None, summary, Location(), "Nothing has to change.")


def _came_to(inquiry: Inquiry) -> str:
    """Where captures saw datagrams arrive that nobody answered, and which socket takes them; empty without."""
    case = inquiry.case
    for probe in unclear(case.evidence):
        for flow in case.evidence.flows(probe.id):
            last, silent = flow.get("last_forward") or {}, flow.get("missing_reply") or {}
            if not flow.get("lossless") or flow.get("missing_forward") or flow.get("last_reply") or last != silent:
                continue
            trip = case.trip(probe)
            ends = [way.forward.last.decided for way in trip.ways if way.forward.last] if trip is not None else []
            taken = next((f": {one} takes them" for one in ends if isinstance(one, Socket)), "")
            return f"; they came to {last['device']} of {last['node']}, and no answer came out of there{taken}"
    return ""


def _inconclusive(summary: str, change: str) -> Verdict:
    return Verdict("inconclusive", (), None, summary, Location(), change)


def _gap(inquiry: Inquiry) -> str:
    """What is known of a fault whose cause is not: where evidence lost the packet, and what could sit there."""
    evidence, harmed = inquiry.case.evidence, inquiry.harmed
    arrives = next((one for one in inquiry.tried if one.arrives), None)
    what = "the simulated packet arrives, the real one does not" if arrives else "no rule explains it"
    left = _left_the_cluster(arrives) if arrives is not None else ""
    if left:
        what = f"its packet leaves what was read: it goes out by {left}, and what becomes of it there is not known"
    text = f"{harmed[0]} fails, and {what}"
    seen = capture_proof(evidence, harmed) or capture_proof(evidence, harmed, backwards=True)
    kernel = dropped_text(evidence, harmed)
    if kernel:
        text = f"{text}; {kernel}"
    if seen is not None:
        return f"{text}; its packets: {seen.text}. Between the two may sit what no snapshot shows: {_hidden(inquiry)}."
    unread = sorted({str(text) for node in evidence.nodes.values() for text in node.errors})
    return f"{text}{'; not read: ' + '; '.join(unread[:3]) if unread else ''}."


def _left_the_cluster(one: Tried) -> str:
    """The device by which every simulated packet left what is managed; empty where one did not."""
    traces = [way.forward for way in one.trip.ways] if one.trip is not None else []
    if any(trace.reason is not Reason.EXTERNAL or not trace.hops for trace in traces):
        return ""
    return " or ".join(dict.fromkeys(f"{trace.hops[-1].oif} of {trace.hops[-1].node}" for trace in traces))


def _hidden(inquiry: Inquiry) -> str:
    found = ["a switch, hypervisor or firewall between the nodes", "traffic control and eBPF", "a full queue"]
    missing = [
        name for name in inquiry.case.evidence.plan.get("nodes") or [] if name not in inquiry.case.evidence.nodes
    ]
    return "; ".join([*(f"node {name}, which was not read" for name in missing), *found])
