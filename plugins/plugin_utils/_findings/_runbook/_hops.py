# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The path for the picture: the devices of the simulated packet, what captures saw on them, which of them is broken."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import good
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import INFO, Finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import End, Evidence, Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Trace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._passage import Device, Passage, passage
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._roundtrip import Way

_KINDS_OF_END = {"pod": "pod", "node": "host", "host": "client"}
_NOTHING_SEEN: JsonObject = {"forward": None, "reply": None}


def draw(case: Case, findings: t.Sequence[Finding]) -> tuple[list[JsonObject], list[JsonObject]]:
    """Forward and reverse hops of the probe that is in trouble, else of what the user asked for."""
    evidence = case.evidence
    source = evidence.source
    if source is None:
        return [], []
    serious = [finding for finding in findings if finding.severity != INFO]
    shown = _most_telling(case, serious)
    if shown is None:
        return [], []
    way, target = shown
    forward = passage(evidence.nodes, way.forward)
    back = passage(evidence.nodes, way.back) if way.back is not None else None
    return (
        _hops(evidence, way.forward, forward, source, target, serious),
        _hops(evidence, way.back, back, target, source, serious) if way.back is not None and back is not None else [],
    )


def _most_telling(case: Case, findings: t.Sequence[Finding]) -> tuple[Way, End | None] | None:
    """A way of the first failed probe that shows a finding; else of one that fails; else of one that passes."""
    evidence = case.evidence
    roles = ("tcp", "udp", "backend-tcp", "ping", "dns-pod")
    failed = [probe for role in roles for probe in evidence.failed(role)]
    others = [probe for role in roles for probe in evidence.sent(role)]
    ways = [way for probe in failed or others for way in _ways(case, probe)]
    places = {(finding.location.node, finding.location.device) for finding in findings if finding.location.device}
    nodes = {finding.location.node for finding in findings if finding.location.node}
    bad = [way for way in ways if not good(way)] if failed else []
    for chosen in (bad, ways):
        for way in chosen:
            points = passage(evidence.nodes, way.forward).points
            if places & points or (chosen is bad and nodes & {node for node, _device in points}):
                return way, _end_of(evidence, way)
    best = (bad or ways)[:1]
    return (best[0], _end_of(evidence, best[0])) if best else None


def _ways(case: Case, probe: Probe) -> tuple[Way, ...]:
    trip = case.trip(probe)
    return trip.ways if trip is not None else ()


def _end_of(evidence: Evidence, way: Way) -> End | None:
    """The end that the packet was for, behind any translation."""
    packet = way.forward.packet
    while packet is not None and packet.tunnelled and packet.inner is not None:
        packet = packet.inner
    address = packet.dst if packet is not None else None
    found = next((target for target in evidence.targets if target.address == address), None)
    if found is not None or evidence.service is not None:
        return found
    return next(iter(evidence.targets), None)


def _hops(
    evidence: Evidence, trace: Trace, path: Passage, start: End | None, end: End | None, findings: t.Sequence[Finding]
) -> list[JsonObject]:
    """end is None where a Service has no target: the way ends at the Service."""
    hops = [_hop(evidence, device, findings) for device in path.devices]
    asked = end is None or end is not evidence.source
    if evidence.service is not None and asked and (path.translated_at is not None or end is None):
        at = path.translated_at if path.translated_at is not None else len(hops)
        hops.insert(at, _service(evidence, end, findings))
    if start is not None and (not hops or hops[0]["kind"] != "pod"):
        hops.insert(0, _end(start))
    if end is not None:
        if not trace.delivered and not any(hop["status"] == "broken" for hop in hops):
            _break(hops, trace, findings)
        if hops and (hops[-1]["kind"] != "pod" or not path.arrived):
            hops.append(_end(end))
        if hops:
            _mark_end(hops[-1], end, findings)
    hops = _between_nodes(hops)
    if not findings and path.arrived:
        hops = [{**hop, "status": "ok"} for hop in hops]
    return hops


def _between_nodes(hops: list[JsonObject]) -> list[JsonObject]:
    """The same hops with the network, of which nothing is known but its ends, wherever the node changes."""
    found: list[JsonObject] = []
    for hop in hops:
        if found and found[-1]["node"] != hop["node"]:
            found.append(
                {
                    "node": None,
                    "netns": "",
                    "device": "",
                    "kind": "network",
                    "label": "network",
                    "address": None,
                    "mtu": None,
                    "status": "unknown",
                    "note": "",
                    "seen": dict(_NOTHING_SEEN),
                    "findings": [],
                }
            )
        found.append(hop)
    return found


def _break(hops: list[JsonObject], trace: Trace, findings: t.Sequence[Finding]) -> None:
    """What stops the packet belongs to no device (a route, a filter): the last hop of that node before it shows it."""
    place = trace.place
    mine = [finding for finding in findings if finding.location.node == place.node]
    if not mine:
        return
    before = [hop for hop in hops if hop["node"] == place.node and hop["kind"] != "service"]
    if before or hops:
        (before or hops)[-1 if before else 0].update(
            status="broken", note=mine[0].observed, findings=[finding.id for finding in mine]
        )


def _hop(evidence: Evidence, hop: Device, findings: t.Sequence[Finding]) -> JsonObject:
    mine = [
        finding
        for finding in findings
        if finding.location.node == hop.node
        and finding.location.device == hop.device
        and hop.netns == (f"pod:{finding.location.namespace}/{finding.location.pod}" if finding.location.pod else HOST)
    ]
    seen = {direction: _count(evidence, hop, direction) for direction in ("forward", "reply")}
    status = "broken" if mine else "ok" if any(seen.values()) else "unknown"
    return {
        "node": hop.node,
        "netns": hop.netns,
        "device": hop.device,
        "kind": hop.kind,
        "label": hop.netns[len("pod:") :] if hop.kind == "pod" else hop.device,
        "address": hop.address,
        "mtu": hop.mtu,
        "status": status,
        "note": mine[0].observed if mine else "",
        "seen": seen,
        "findings": [finding.id for finding in mine],
    }


def _count(evidence: Evidence, hop: Device, direction: str) -> int | None:
    """Packets that captures saw there; None where nothing was captured."""
    captured = [
        capture
        for capture in evidence.captures.get("captures") or []
        if capture["node"] == hop.node
        and capture["device"] == hop.device
        and capture.get("netns") == hop.netns
        and capture.get("file")
    ]
    if not captured:
        return None
    return sum(
        int(sighting["count"])
        for flow in evidence.flows()
        for sighting in flow.get("sightings") or []
        if sighting["node"] == hop.node and sighting["device"] == hop.device and sighting["direction"] == direction
    )


def _end(end: End) -> JsonObject:
    label = f"{end.namespace}/{end.name}" if end.kind == "pod" else end.name or end.text
    return {
        "node": end.node,
        "netns": end.netns or "",
        "device": "",
        "kind": _KINDS_OF_END.get(end.kind, "network"),
        "label": label,
        "address": end.address,
        "mtu": None,
        "status": "unknown",
        "note": "",
        "seen": dict(_NOTHING_SEEN),
        "findings": [],
    }


def _service(evidence: Evidence, target: End | None, findings: t.Sequence[Finding]) -> JsonObject:
    service = evidence.service
    mine = [finding for finding in findings if finding.id.startswith(("service-", "kube-proxy-"))]
    note = mine[0].observed if mine else f"→ {target.address}:{target.port}" if target else ""
    return {
        "node": evidence.entry_node,
        "netns": HOST,
        "device": "",
        "kind": "service",
        "label": f"Service {service}",
        "address": service.cluster_ip if service else None,
        "mtu": None,
        "status": "broken" if mine else "unknown",
        "note": note,
        "seen": dict(_NOTHING_SEEN),
        "findings": [finding.id for finding in mine],
    }


def _mark_end(hop: JsonObject, target: End, findings: t.Sequence[Finding]) -> None:
    """A listener or a pod that is the cause is the last hop itself."""
    mine = [
        finding
        for finding in findings
        if finding.location.pod
        and finding.location.pod == target.name
        and finding.location.namespace == target.namespace
    ]
    if mine:
        hop.update(status="broken", note=mine[0].observed, findings=[finding.id for finding in mine])
