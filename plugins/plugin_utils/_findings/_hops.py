# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The path for the picture: the hops of the walk, with what captures saw on them and which of them is broken."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import INFO, Finding, JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import End, Evidence
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._walk import Hop, Path, leave, walk

_KINDS_OF_END = {"pod": "pod", "node": "host", "host": "client"}
_NOTHING_SEEN: JsonObject = {"forward": None, "reply": None}


def draw(evidence: Evidence, findings: t.Sequence[Finding]) -> tuple[list[JsonObject], list[JsonObject]]:
    """Forward and reverse hops to the first target that is in trouble, else to the first target."""
    source = evidence.source
    if source is None:
        return [], []
    serious = [finding for finding in findings if finding.severity != INFO]
    if not evidence.targets:
        return _hops(evidence, leave(evidence, source), source, None, serious), []
    target = _most_telling(evidence, serious)
    return (
        _hops(evidence, walk(evidence, source, target), source, target, serious),
        _hops(evidence, walk(evidence, target, source, reply=True), target, source, serious),
    )


def _most_telling(evidence: Evidence, findings: t.Sequence[Finding]) -> End:
    """The target whose way shows a finding; else one that is cut off; else the first."""
    places = {(finding.location.node, finding.location.device) for finding in findings if finding.location.device}
    pods = {(finding.location.namespace, finding.location.pod) for finding in findings if finding.location.pod}
    source = t.cast(End, evidence.source)
    for target in evidence.targets:
        if (target.namespace, target.name) in pods or any(
            (hop.node, hop.device) in places for hop in walk(evidence, source, target).hops if hop.netns == HOST
        ):
            return target
    return next((one for one in evidence.targets if evidence.cut_off(one)), evidence.targets[0])


def _hops(
    evidence: Evidence, path: Path, start: End, end: End | None, findings: t.Sequence[Finding]
) -> list[JsonObject]:
    """end is None where a Service has no target: the way ends at the Service."""
    hops = [_hop(evidence, hop, findings) for hop in path.hops]
    if path.translated_at is not None and evidence.service is not None:
        hops.insert(path.translated_at, _service(evidence, end, findings))
    if not hops or hops[0]["kind"] != "pod":
        hops.insert(0, _end(start))
    if end is not None:
        if path.broken is not None and not any(hop["status"] == "broken" for hop in hops):
            _break(hops, path)
        if hops[-1]["kind"] != "pod" or not path.arrived:
            hops.append(_end(end))
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


def _break(hops: list[JsonObject], path: Path) -> None:
    """What stops the packet belongs to no device (a route, a filter): the last hop of that node before it shows it."""
    found = path.broken
    if found is None:
        return
    before = [hop for hop in hops if hop["node"] == found.node and hop["kind"] != "service"]
    known = {(hop.node, hop.netns, hop.device) for hop in path.hops[: found.at]}
    reached = [hop for hop in before if (hop["node"], hop["netns"], hop["device"]) in known]
    place = (reached or before or hops)[-1 if reached else 0]
    place.update(status="broken", note=found.observed, findings=[found.id])


def _hop(evidence: Evidence, hop: Hop, findings: t.Sequence[Finding]) -> JsonObject:
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


def _count(evidence: Evidence, hop: Hop, direction: str) -> int | None:
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
