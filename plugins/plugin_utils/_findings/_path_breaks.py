# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Findings along the path: routes, devices, tunnels, forwarding and packet filters of the nodes."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._performance import LOST, lost
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    CRITICAL,
    LIKELY,
    POSSIBLE,
    PROVEN,
    Finding,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import End, Evidence, Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._breaks import Break
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._walk import Path, walk

SILENT = ("no_reply", "timed_out", "no_route", "unreachable")
# What two ends disagree about is one fault, seen from both.
_OF_BOTH_ENDS = ("tunnel-vni-mismatch", "tunnel-port-mismatch")
TITLES: t.Mapping[str, str] = {
    "route-missing": "A route to the other node's pods is missing",
    "route-blackhole": "A route drops the packets",
    "route-wrong": "A route leads to the wrong place",
    "neighbour-failed": "The next hop's hardware address is missing or wrong",
    "fdb-entry-missing": "The tunnel does not know the other node",
    "fdb-entry-wrong": "The tunnel sends to the wrong node address",
    "tunnel-source-mismatch": "The tunnel sends from an address that the other nodes do not expect",
    "tunnel-vni-mismatch": "The two ends of the tunnel have different network identifiers",
    "tunnel-port-mismatch": "The two ends of the tunnel have different UDP ports",
    "device-missing": "A network device is missing",
    "device-down": "A network device is down",
    "bridge-port-detached": "A pod's port is not attached to the bridge",
    "ip-forwarding-off": "The node does not forward packets",
    "rp-filter-drop": "Reverse path filtering drops the packets",
    "forward-policy-drop": "The FORWARD policy drops pod traffic",
    "netfilter-drop": "A packet filter rule drops the packets",
    "netfilter-reject": "A packet filter rule rejects the packets",
}


def path_findings(evidence: Evidence) -> t.Iterator[Finding]:
    """For every target whose probes went unanswered: what stops the packets, there and on the way back.

    What merely may stop them counts where nothing else does. Where all probes of a target were answered, nothing is
    walked: what then looks odd harms nothing.
    """
    source = evidence.source
    if source is None:
        return
    seen: set[tuple[str, str, str | None, str | None]] = set()
    for target in (*evidence.targets, *dns_servers(evidence)):
        for protocol, failed in _unanswered(evidence, target):
            ways = [
                (walk(evidence, source, target, protocol), False),
                (walk(evidence, target, source, protocol, True), True),
            ]
            breaks = [(found, path, backwards) for path, backwards in ways for found in path.breaks]
            suspects = [(found, path, backwards) for path, backwards in ways for found in path.suspects]
            for found, path, backwards in breaks or suspects:
                key = (found.id, "" if found.id in _OF_BOTH_ENDS else found.node, found.device, found.netns)
                if key not in seen:
                    seen.add(key)
                    yield _finding(evidence, found, path, failed, backwards)


def chance_findings(evidence: Evidence) -> t.Iterator[Finding]:
    """Where a part of the packets is lost: rules on the way that drop at random."""
    source = evidence.source
    for target in evidence.targets if source is not None else ():
        lossy = [probe for probe in evidence.sent("ping", "backend-tcp", address=target.address) if lost(probe) >= LOST]
        for probe in lossy[:1]:
            protocol = "icmp" if probe.role == "ping" else str(probe.request.get("kind"))
            for path, backwards in (
                (walk(evidence, t.cast(End, source), target, protocol), False),
                (walk(evidence, target, t.cast(End, source), protocol, True), True),
            ):
                for found in path.chances:
                    yield _finding(evidence, found, path, lossy, backwards)


def dns_servers(evidence: Evidence) -> list[End]:
    """The cluster DNS pods that were asked directly."""
    asked = {str(probe.request.get("nameserver")) for probe in evidence.sent("dns-cluster")}
    found = []
    for pod in evidence.index.dns_servers():
        address = (pod.get("status") or {}).get("podIP")
        if address in asked:
            name, namespace = pod["metadata"]["name"], pod["metadata"].get("namespace")
            found.append(
                End(
                    text=address,
                    kind="pod",
                    namespace=namespace,
                    name=name,
                    node=(pod.get("spec") or {}).get("nodeName"),
                    address=address,
                    port=53,
                    protocol="udp",
                    netns=f"pod:{namespace}/{name}",
                    host_network=False,
                    ready=None,
                    why="",
                    service=None,
                )
            )
    return found


def _unanswered(evidence: Evidence, target: End) -> t.Iterator[tuple[str, list[Probe]]]:
    """Protocols by which the target gave no answer at all, each with its failed probes.

    A connection through a NodePort, or one that could not be tried at the backend itself, counts for every backend.
    """
    pings = evidence.failed("ping", address=target.address)
    if pings and all(probe.outcome in SILENT for probe in pings):
        yield "icmp", pings
    queries = [probe for probe in evidence.failed("dns-cluster") if probe.request.get("nameserver") == target.address]
    if queries and all(probe.outcome in SILENT for probe in queries):
        yield "udp", queries
    if target not in evidence.targets:
        return
    for protocol in ("tcp", "udp"):
        role = "backend-tcp" if evidence.sent("backend-tcp", address=target.address) else protocol
        probes = evidence.sent(role, address=target.address if role == "backend-tcp" or not evidence.service else None)
        probes = [probe for probe in probes if probe.request.get("kind") == protocol]
        if probes and all(probe.status == "fail" and probe.outcome in (*SILENT, "refused") for probe in probes):
            yield protocol, probes


def _finding(evidence: Evidence, found: Break, path: Path, failed: t.Sequence[Probe], backwards: bool) -> Finding:
    ref = f"nodes/{found.node}.json.gz"
    proofs = [
        Proof("simulation", ref, f"expected: {found.expected}; seen: {found.observed}"),
        *map(probe_proof, failed[:3]),
    ]
    confidence = LIKELY
    if found.proof:
        # The counter is older than the probes: it shows that the rule drops packets, not that it dropped these.
        proofs.append(Proof("counter", ref, found.proof))
    beyond = frozenset() if found.by_chance else path.beyond(found)
    seen = capture_proof(evidence, failed, found.node, backwards, beyond)
    if _contradicted(evidence, failed, beyond, backwards):
        proofs.append(Proof("capture", "captures/index.json", "but the captures saw such packets behind that place"))
        confidence = POSSIBLE
    elif seen is not None:
        proofs.append(seen)
        confidence = PROVEN
    namespace, pod = found.netns.partition(":")[2].split("/", 1) if found.netns else (None, None)
    return Finding(
        id=found.id,
        severity=CRITICAL,
        confidence=confidence,
        title=TITLES[found.id] + (" on the way back" if backwards else ""),
        location=Location(node=found.node, namespace=namespace, pod=pod, device=found.device),
        expected=found.expected,
        observed=found.observed,
        evidence=tuple(proofs),
        remediation=found.change,
    )


def _contradicted(
    evidence: Evidence, probes: t.Sequence[Probe], beyond: t.Container[tuple[str, str]], backwards: bool
) -> bool:
    """Whether a capture saw the packets where they cannot be if the finding is right."""
    direction = "reply" if backwards else "forward"
    ids = [probe.id for probe in probes]
    return any(
        sighting.get("direction") == direction
        and sighting.get("count")
        and not flow.get("ambiguous")
        and (sighting.get("node"), sighting.get("device")) in beyond
        for flow in (evidence.flows(*ids) if ids else [])
        for sighting in flow.get("sightings") or []
    )


def capture_proof(
    evidence: Evidence,
    probes: t.Sequence[Probe],
    node: str | None = None,
    backwards: bool = False,
    beyond: t.Collection[tuple[str, str]] = (),
) -> Proof | None:
    """Where the probes' packets were seen last and never arrived, if captures without loss prove that.

    node: the packet must have been seen on this node last, or be missing there; None takes any place. beyond: where it
    must be missing (node, device), if that is known.
    """
    names = ("last_reply", "missing_reply") if backwards else ("last_forward", "missing_forward")
    ids = [probe.id for probe in probes]
    for flow in evidence.flows(*ids) if ids else []:
        last, missing = (flow.get(name) or {} for name in names)
        if not (flow.get("lossless") and last and missing) or flow.get("ambiguous"):
            continue
        if (
            node is not None
            and node != last.get("node")
            and ((missing.get("node"), missing.get("device")) not in beyond if beyond else node != missing.get("node"))
        ):
            continue
        return Proof(
            "capture",
            f"captures/index.json#{flow.get('probe_id')}",
            f"seen last on {last['device']} of {last['node']}, never on {missing['device']} of "
            f"{missing['node']}, and no capture lost packets",
        )
    return None
