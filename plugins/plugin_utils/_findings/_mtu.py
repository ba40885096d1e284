# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Findings about packet sizes: what passes, what does not, and whether the sender is told."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._passage import Device, Passage, passage
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    CRITICAL,
    INFO,
    LIKELY,
    POSSIBLE,
    PROVEN,
    Finding,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Node

# Bytes that VXLAN over IPv4 adds: outer IP 20, UDP 8, VXLAN 8, inner Ethernet 14 (RFC 7348).
VXLAN_OVERHEAD = 50
# Bytes above its MTU that the kernel lets a link receive, for a VLAN tag (is_skb_forwardable in net/core/dev.c).
TOLERANCE = 4
_SILENT = "no_reply"
_TOLD = ("frag_needed", "too_big_local")


def silent_sizes(evidence: Evidence) -> list[Probe]:
    """Size probes in which small packets passed and larger ones vanished without a word."""
    return [
        probe
        for probe in evidence.sent("tcp-mtu", "mtu", "reverse-mtu")
        if probe.status == "fail" and probe.outcome == _SILENT and probe.data.get("largest")
    ]


def mtu_findings(case: Case) -> t.Iterator[Finding]:
    """A black hole where larger packets vanish in silence; a mismatch, which does no harm, where the sender is told."""
    evidence = case.evidence
    silent = silent_sizes(evidence)
    if silent:
        yield _blackhole(case, silent)
        return
    for probe in evidence.sent("mtu", "reverse-mtu"):
        largest, device = probe.data.get("largest"), probe.data.get("device_mtu")
        if probe.outcome in _TOLD and largest and device and largest < device:
            yield Finding(
                "mtu-mismatch",
                INFO,
                LIKELY,
                "The path carries smaller packets than its first device",
                Location(node=probe.node),
                f"packets of {device} bytes pass",
                f"up to {largest} bytes pass; the sender is told",
                (probe_proof(probe),),
                "Nothing has to change: path MTU discovery works here.",
            )
            return


def _blackhole(case: Case, silent: t.Sequence[Probe]) -> Finding:
    evidence, probe = case.evidence, silent[0]
    largest, failed = int(probe.data["largest"]), int(probe.data.get("smallest_failed") or probe.data["largest"] + 1)
    paths = _paths(case, probe)
    narrow = next(filter(None, (_narrow_hop(path, largest, failed) for path in paths)), None) or _any_device(
        evidence, probe, largest, failed
    )
    proofs = [
        *map(probe_proof, silent[:3]),
        Proof(
            "probe",
            probe.id,
            f'packets of {largest} bytes pass, of {failed} bytes vanish, and no "fragmentation needed" comes back',
        ),
    ]
    observed = f"up to {largest} bytes pass; larger ones vanish in silence"
    if narrow is None:
        return _finding(
            "path-mtu-blackhole", POSSIBLE, probe, largest, Location(), "a device on the way", observed, proofs
        )
    ref, place = f"nodes/{narrow.node}.json.gz", Location(node=narrow.node, device=narrow.device)
    where = f"{narrow.device} of {narrow.node}"
    other = next(filter(None, (_other_end(path, narrow) for path in paths)), None)
    if other is not None:
        proofs.append(Proof("config", ref, f"{where} has MTU {narrow.mtu}, {other.device} has {other.mtu}"))
        return _finding(
            "mtu-mismatch",
            LIKELY,
            probe,
            largest,
            place,
            where,
            f"{observed}: MTU {narrow.mtu} on {where}, {other.mtu} on {other.device} beside it",
            proofs,
        )
    proofs.append(Proof("config", ref, f"{where}, on the way, has MTU {narrow.mtu}"))
    rule = _silencer(evidence.nodes[narrow.node]) if narrow.node in evidence.nodes else None
    if rule:
        proofs.append(Proof("config", ref, f"{narrow.node} drops the message: {rule}"))
        observed += f", because {narrow.node} drops the ICMP message that would tell the sender"
    seen = _captured(evidence, silent, narrow)
    proofs += [seen] if seen else []
    return _finding(
        "path-mtu-blackhole",
        PROVEN if rule or seen else LIKELY,
        probe,
        largest,
        place,
        where,
        f"{observed} ({where})",
        proofs,
    )


def _captured(evidence: Evidence, probes: t.Sequence[Probe], narrow: Device) -> Proof | None:
    """A large packet that captures without loss saw up to the narrow device and no further."""
    place = (narrow.node, narrow.device)
    for flow in evidence.flows(*(probe.id for probe in probes)):
        for packet in flow.get("packets") or [] if flow.get("lossless") and not flow.get("ambiguous") else []:
            for way in ("forward", "reply"):
                last, missing = packet.get(f"last_{way}") or {}, packet.get(f"missing_{way}") or {}
                ends = [(point.get("node"), point.get("device")) for point in (last, missing)]
                if (
                    packet.get("lost")
                    and (packet.get("length") or 0) > (narrow.mtu or 0)
                    and place in ends
                    and all(map(all, ends))
                ):
                    return Proof(
                        "capture",
                        f"captures/index.json#{flow.get('probe_id')}",
                        f"a packet of {packet['length']} bytes was seen last on {last['device']} of {last['node']},"
                        f" never on {missing['device']} of {missing['node']}, and no capture lost packets",
                    )
    return None


def _finding(
    identifier: str,
    confidence: str,
    probe: Probe,
    largest: int,
    place: Location,
    where: str,
    observed: str,
    proofs: t.Sequence[Proof],
) -> Finding:
    title, change = (
        "Large packets vanish on the way",
        (
            f"Let ICMP type 3 code 4 (fragmentation needed) pass, or make the sizes agree: MTU {largest} at the sender,"
            f" or a larger MTU on {where}. Until then, clamp TCP:\n$ iptables -t mangle -A FORWARD -p tcp --tcp-flags"
            f" SYN,RST SYN -j TCPMSS --set-mss {largest - 40}"
        ),
    )
    if identifier == "mtu-mismatch":
        title, change = (
            "Two devices that belong together have different MTUs",
            (
                f"Make the MTUs agree around {where}: set the MTU in the CNI's configuration (the NIC's less 50 bytes"
                " for VXLAN), restart its agents, and make the pods anew."
            ),
        )
    return Finding(
        identifier,
        CRITICAL,
        confidence,
        title,
        place,
        f"packets of {probe.data.get('device_mtu') or largest + 1} bytes pass, or the sender is told the largest size",
        observed,
        tuple(proofs),
        change,
    )


def _paths(case: Case, probe: Probe) -> list[Passage]:
    """The ways of a probe: to its target, or to each backend behind it."""
    trip = case.small(probe)
    ways = [passage(case.evidence.nodes, way.forward) for way in trip.ways] if trip is not None else []
    return [way for way in ways if way.devices]


def _narrow_hop(path: Passage, largest: int, failed: int) -> Device | None:
    """The first device on the way whose MTU is what passes; a tunnel counts with what its NIC leaves for it.

    A link takes a few bytes more than its MTU before it drops what comes in.
    """
    rooms = []
    for hop, below in zip(path.devices, (*path.devices[1:], None)):
        room = hop.mtu or 0
        if hop.kind == "tunnel" and below is not None and below.kind == "nic" and below.mtu:
            room = min(room, below.mtu - VXLAN_OVERHEAD)
        rooms.append((hop, room))
    exact = [hop for hop, room in rooms if largest <= room < failed]
    near = [hop for hop, room in rooms if largest - TOLERANCE <= room < failed]
    return next(iter(exact or near), None)


def _other_end(path: Passage, narrow: Device) -> Device | None:
    """The device that should agree with it: its NIC (less the tunnel's overhead), or the other end of a link."""
    if narrow not in path.devices:
        return None
    position = path.devices.index(narrow)
    before = path.devices[position - 1] if position else None
    after = path.devices[position + 1] if position + 1 < len(path.devices) else None
    if narrow.kind == "tunnel" and after and after.kind == "nic" and after.mtu and narrow.mtu:
        return after if narrow.mtu + VXLAN_OVERHEAD > after.mtu else None
    if narrow.kind == "veth" and before and before.kind in ("pod", "bridge") and (before.mtu or 0) > (narrow.mtu or 0):
        return before
    return None


def _any_device(evidence: Evidence, probe: Probe, largest: int, failed: int) -> Device | None:
    """A device of the nodes involved with that MTU, where the way could not be followed."""
    order = [
        evidence.entry_node,
        evidence.source.node if evidence.source else None,
        *(target.node for target in evidence.targets),
    ]
    if probe.role == "reverse-mtu":
        order.reverse()
    for name in dict.fromkeys(order):
        node = evidence.nodes.get(name or "")
        for link in node.host.links.values() if node else ():
            if node is not None and link.up and largest <= link.mtu < failed:
                return Device(node.name, HOST, link.name, "nic", None, link.mtu, 0)
    return None


def _silencer(node: Node) -> str | None:
    """A rule of the node that drops "fragmentation needed"."""
    for entry in node.host.iptables:
        for line in (entry.get("text") or "").splitlines():
            if "-j DROP" in line and (
                "--icmp-type 3/4" in line or "fragmentation-needed" in line or "--icmp-type 3 " in line
            ):
                return line.partition("] ")[2] or line
    return None
