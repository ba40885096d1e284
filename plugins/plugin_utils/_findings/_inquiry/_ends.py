# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What the objects say of both ends, of names and of nodes, where no packet can be followed."""

from __future__ import annotations

import dataclasses

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._backends import unhealthy_backends
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._closing import closing_programs
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._dns import dns_causes
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._dns_said import in_cluster
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._dns_search import went_astray
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._oddities import oddities
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._inquiry._state import SILENT, Inquiry
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._clocks import (
    because_of_the_clock,
    clock_findings,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._endpoints import (
    headless_port,
    no_endpoints,
    readable,
    untranslated_name,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._stopped import stopped_ends
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._workloads import (
    not_ready_node,
    unready,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import try_probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._symptoms import measured, unasked
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    CRITICAL,
    LIKELY,
    POSSIBLE,
    PROVEN,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _services as services
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import End
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._crossed import by_unread_nodes

# A name that stands for another address than it should.
_OTHER_ADDRESS = ("dns-hosts-file", "dns-search-ndots", "dns-answer-wrong")
_UNREADY = ("pod-not-ready", "container-not-ready")


def asked_port(inquiry: Inquiry) -> None:
    """A Service without the port that was asked for has no packet that could be followed."""
    case = inquiry.case
    end = case.evidence.destination
    if end is not None and end.kind == "name":
        behind = _port_behind_name(case, end)
        if behind is not None:
            inquiry.add(behind)
            return
    if end is None or end.service is not None or not end.why:
        return
    item = case.index.services.get((end.namespace, end.name)) if end.kind == "service" else _led_to_by_name(case, end)
    if item is None and end.kind != "service":
        return
    if ((item or {}).get("spec") or {}).get("type") == "ExternalName":
        # A name for a name: it has no ports of its own.
        return
    entries = ((item or {}).get("spec") or {}).get("ports") or []
    name = item["metadata"]["name"] if item is not None else end.name
    other = [str(entry.get("protocol") or "TCP") for entry in entries if entry.get("port") == end.port]
    identifier = "service-protocol-mismatch" if other else "service-port-missing"
    inquiry.add(
        Cause(
            finding(
                identifier,
                Location(namespace=end.namespace, service=name),
                f"Service {end.namespace}/{name} has port {end.port} for {end.protocol}",
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


def _led_to_by_name(case: Case, end: End) -> JsonObject | None:
    """The Service that a name means, where probes of the port went to its address and failed: a headless one has none,
    and pods answer for themselves."""
    if end.kind != "name" or end.port is None:
        return None
    source = case.evidence.source
    item = case.index.service_by_name(str(end.name), source.namespace if source and source.kind == "pod" else None)
    spec = (item or {}).get("spec") or {}
    own = {str(one) for one in spec.get("clusterIPs") or [spec.get("clusterIP")]} - {"None", ""}
    sent_to = {str(probe.result.get("address")) for probe in case.evidence.failed("tcp", "udp")}
    return item if own & sent_to else None


def _port_behind_name(case: Case, end: End) -> Cause | None:
    """The port that was asked for is none of the Service whose name a Service of type ExternalName gives: DNS changes
    the name alone, whatever ports that one lists (kubernetes.io/docs/concepts/services-networking/service)."""
    source = case.evidence.source
    namespace = source.namespace if source is not None and source.kind == "pod" else None
    alias = case.index.service_by_name(str(end.name), namespace)
    name = str(((alias or {}).get("spec") or {}).get("externalName") or "")
    item = case.index.service_by_name(name, None) if name and in_cluster(case, name) else None
    failed = case.evidence.failed("tcp", "udp")
    if alias is None or item is None or end.port is None or not failed:
        return None
    ports = [services.ServicePort(item, entry) for entry in (item.get("spec") or {}).get("ports") or []]
    if not ports or ports[0].headless or ports[0].external_name:
        return None
    if any((one.port, one.protocol) == (end.port, end.protocol) for one in ports):
        return None
    mine = f"{alias['metadata'].get('namespace')}/{alias['metadata']['name']}"
    listed = ", ".join(f"{one.port}/{one.protocol}" for one in ports)
    observed = f"its ports are {listed}; Service {mine} is no more than another name of it, and translates no port"
    return Cause(
        finding(
            "service-port-missing",
            Location(namespace=ports[0].namespace, service=ports[0].name),
            f"Service {ports[0]} has port {end.port} for {end.protocol}",
            observed,
            f"Ask for one of its ports, or add the port to its `spec.ports`. What `spec.ports` of {mine} says, of type"
            " ExternalName, changes nothing.",
            (
                Proof("config", "cluster.json.gz", f"externalName of {mine} is {name}; {observed}"),
                *map(probe_proof, failed[:2]),
            ),
            confidence=PROVEN,
        ),
        itself=True,
    )


def unmeasured_ends(inquiry: Inquiry) -> None:
    """Ends without an address, or a Service without any endpoint, have no packets: their objects speak."""
    case = inquiry.case
    end = case.evidence.destination
    for one in (case.evidence.source, end):
        pod = case.index.pods.get((one.namespace, one.name)) if one is not None and one.kind == "pod" else None
        if pod is not None and one is not None and one.address is None:
            inquiry.add(_by_objects(unready(case, pod)))
    if not readable(case):
        return
    asked = case.service_asked()
    if not inquiry.causes and case.evidence.failed("tcp", "udp"):
        named = untranslated_name(case)
        if named is not None:
            inquiry.add(named)
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


def dead_nodes(inquiry: Inquiry) -> None:
    """A target that is cut off, on a node that could not be read and does not report: that is what is known. So it is
    of packets that such a node is there to forward."""
    case = inquiry.case
    if inquiry.causes or not inquiry.harmed:
        return
    for target in case.evidence.targets:
        item = case.index.nodes.get(target.node or "")
        if item is None or target.node in case.evidence.nodes or not case.evidence.cut_off(target):
            continue
        if not case.index.node_ready(item)[0] or case.evidence.silent(str(target.node)):
            inquiry.add(not_ready_node(case, str(target.node)).as_sure_as(PROVEN))
    for one in () if inquiry.causes else inquiry.tried:
        for name in by_unread_nodes(case.evidence, one.trip) if one.trip is not None else ():
            if not case.index.node_ready(case.index.nodes[name])[0]:
                told = Proof("simulation", "findings.json", f"the packets of {one.probe} are forwarded by {name}")
                inquiry.add(not_ready_node(case, name).as_sure_as(LIKELY).saying(told, probe_proof(one.probe)))


def _by_objects(cause: Cause) -> Cause:
    return cause.as_sure_as(PROVEN if cause.itself and not cause.open else LIKELY)


def names_asked(inquiry: Inquiry) -> None:
    """Names that were not answered, or answered with another address."""
    # Look-ups of programs that wait longer than a probe end well, and late.
    lost = went_astray(inquiry.case)
    late = not inquiry.harmed and lost is not None
    for cause in dns_causes(inquiry.case, lost):
        meant = cause.finding.id == "dns-hosts-file" and cause.finding.confidence != PROVEN
        if cause.finding.id in _OTHER_ADDRESS and not meant:
            # What became of packets to an address that nobody meant is its consequence.
            keys = {one.key for tried in inquiry.tried for one in tried.causes}
            met = tuple(one for key, one in inquiry.causes.items() if key in keys)
            cause = dataclasses.replace(cause, brings=(*cause.brings, *met))
        if late and cause.finding.confidence != POSSIBLE:
            inquiry.suffering = True
        inquiry.add(cause)


def sick_backends(inquiry: Inquiry) -> None:
    """One backend that does not answer, where nothing else is known of it."""
    known = {
        (one.finding.location.namespace, one.finding.location.pod)
        for cause in inquiry.causes.values()
        for one in (cause, *cause.brings)
    }
    for cause in unhealthy_backends(inquiry.case, inquiry.tried):
        if (cause.finding.location.namespace, cause.finding.location.pod) not in known:
            # Requests that connections do not tell of.
            inquiry.suffering = True
            inquiry.add(cause)


def ended_connections(inquiry: Inquiry) -> None:
    """Connections that opened, and that the other end finished before anything was said on them."""
    if inquiry.case.evidence.failed("tcp"):
        return
    found = closing_programs(inquiry.case)
    inquiry.unknown += found.unknown
    for cause in found.causes:
        inquiry.suffering = True
        inquiry.add(cause)


def stopped_containers(inquiry: Inquiry) -> None:
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


def wrong_clocks(inquiry: Inquiry) -> None:
    """Programs of a node that are not let in, because its clock is wrong."""
    for key, cause in list(inquiry.causes.items()):
        deeper = because_of_the_clock(inquiry.case, cause)
        if deeper is not None:
            inquiry.causes.pop(key)
            inquiry.add(deeper)


def kept_from_the_api(inquiry: Inquiry) -> None:
    """Nodes that are not Ready while something that may take their packets to the API server is the only thing on the
    way that may, and the server answers another node."""
    case = inquiry.case
    asked = case.evidence.sent("node-api")
    for key, cause in list(inquiry.causes.items()):
        node = cause.finding.location.node
        own = [probe for probe in asked if probe.node == node]
        if cause.finding.id != "node-not-ready" or not own or any(probe.outcome not in SILENT for probe in own):
            continue
        if not any(probe.status == "pass" for probe in asked):
            continue
        tried = try_probe(case, own[0])
        takers = [*tried.causes, *tried.maybe]
        if len(takers) != 1:
            continue
        (taker,) = takers
        deeper = taker.saying(probe_proof(own[0]), *(probe_proof(one) for one in asked if one.status == "pass"))
        inquiry.causes.pop(key)
        inquiry.add(cause.because_of(deeper.untried().as_sure_as(LIKELY)))


def odd_objects(inquiry: Inquiry) -> None:
    """What is odd and harms no packet."""
    inquiry.info += [*oddities(inquiry.case), *clock_findings(inquiry.case)]
