# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Findings about packet sizes: what passes, what does not, and whether the sender is told."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    label_of,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._large_arrived import arrived_large
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
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Link, PathMtu
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import (
    Disposition,
    Place,
    Reason,
    Trace,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._passage import (
    Device,
    Passage,
    device_at,
    passage,
)

# Bytes that VXLAN over IPv4 adds: outer IP 20, UDP 8, VXLAN 8, inner Ethernet 14 (RFC 7348).
VXLAN_OVERHEAD = 50
# Bytes above its MTU that the kernel lets a link receive, for a VLAN tag (is_skb_forwardable in net/core/dev.c).
TOLERANCE = 4
_SILENT = "no_reply"
_LET_PASS = "Let ICMP type 3 code 4 (fragmentation needed) pass, or make the sizes agree"
# Kinds of devices that lead into one another, of which the second must take what the first sends.
_AGREE = {("nic", "nic"), ("pod", "veth"), ("bridge", "veth"), ("veth", "pod")}
_TOLD = ("frag_needed", "too_big_local")
# So many large packets are silent before the first that is told of, where it is no limit of errors.
_FIRST = 3


def silent_sizes(evidence: Evidence) -> list[Probe]:
    """Size probes in which small packets passed and larger ones vanished without a word, and did so again where they
    were sent again: what passes then was lost by chance, or to a limit."""
    return [
        probe
        for probe in evidence.sent("tcp-mtu", "mtu", "reverse-mtu")
        if probe.status == "fail"
        and (probe.outcome == _SILENT or silent_above(probe) is not None)
        and probe.data.get("largest")
        and not _passed_again(evidence, probe)
    ]


def silent_above(probe: Probe) -> tuple[int, int] | None:
    """The largest size that a narrow device told the sender of, and the smallest above it that vanished, where a
    narrower place yet lies before that device: those who send the larger ones are never told.

    Errors are also left out by the kernel's limit of them (net.ipv4.icmp_ratelimit): that one tells the first, and
    falls silent then. Here the first large ones were silent, and each of them vanished.
    """
    tried = [(int(one["size"]), one.get("outcome")) for one in probe.data.get("tried") or [] if one.get("size")]
    told = [size for size, outcome in tried if outcome == "frag_needed"]
    lost = [size for size, outcome in tried if outcome == _SILENT]
    if not told or not lost or min(lost) <= max(told):
        return None
    first = next(at for at, (_size, outcome) in enumerate(tried) if outcome == "frag_needed")
    before = [size for size, outcome in tried[:first] if outcome == _SILENT]
    return (max(told), min(lost)) if len(before) >= _FIRST else None


def _passed_again(evidence: Evidence, probe: Probe) -> bool:
    failed = int(probe.data.get("smallest_failed") or 0)
    again = [one for one in evidence.probes if (one.id, one.node, one.phase) == (probe.id, probe.node, "capture")]
    return failed > 0 and any(one.status == "pass" and int(one.data.get("largest") or 0) >= failed for one in again)


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


@dataclasses.dataclass(frozen=True)
class _TooNarrow:
    """A device that large packets do not fit through. told: the error for the sender, and where that ended; learned:
    what made it so narrow, where that is not its own MTU.
    """

    device: Device
    told: Trace | None = None
    learned: PathMtu | None = None


def _blackhole(case: Case, silent: t.Sequence[Probe]) -> Finding:
    evidence, probe = case.evidence, silent[0]
    largest, failed = int(probe.data["largest"]), int(probe.data.get("smallest_failed") or probe.data["largest"] + 1)
    above = silent_above(probe)
    if above is not None:
        return _blackhole_above(case, silent, above)
    stop = _too_narrow(case, silent) or _by_size(case, probe, largest, failed)
    proofs = [
        *map(probe_proof, silent[:3]),
        Proof(
            "probe",
            probe.id,
            f'packets of {largest} bytes pass, of {failed} bytes vanish, and no "fragmentation needed" comes back',
        ),
    ]
    observed = f"up to {largest} bytes pass; larger ones vanish in silence"
    taken = arrived_large(case, probe, largest) if stop is None else None
    if taken is not None:
        return taken
    if stop is None:
        between = _between_nodes(case, silent, largest)
        where, seen = between if between is not None else ("a device on the way", None)
        return _finding(
            "path-mtu-blackhole",
            PROVEN if seen else POSSIBLE,
            probe,
            largest,
            Location(),
            where,
            f"{observed} on {where}, not on the nodes" if seen else observed,
            [*proofs, *([seen] if seen else [])],
        )
    narrow = stop.device
    ref, place, where = ref_of(narrow.node), _location(narrow), _label(narrow)
    seen = _captured(evidence, silent, narrow)
    wider = _wider(case, probe, narrow) if stop.told is None and stop.learned is None else None
    if wider is not None:
        text = f"MTU {narrow.mtu} on {where}, {wider.mtu} on {_label(wider)}"
        odd = narrow
        if {narrow.kind, wider.kind} == {"tunnel", "nic"}:
            tunnel, nic = (narrow, wider) if narrow.kind == "tunnel" else (wider, narrow)
            text += f"; with its header {tunnel.device} needs {(tunnel.mtu or 0) + VXLAN_OVERHEAD}"
            odd = nic if _alone(evidence, nic) else tunnel
        proofs += [Proof("config", ref, text), *([seen] if seen else [])]
        return _finding(
            "mtu-mismatch",
            PROVEN if seen else LIKELY,
            probe,
            largest,
            _location(odd),
            _label(odd),
            f"{observed}: {text}",
            proofs,
            _agree(odd),
        )
    if stop.learned is not None:
        proofs.append(Proof("config", ref, f"{narrow.node} keeps {stop.learned}, and forwarded packets meet it"))
        observed += f", as {narrow.node} keeps {stop.learned}"
    else:
        proofs.append(Proof("config", ref, f"{where}, on the way, has MTU {narrow.mtu}"))
    silencer = _silencer(stop.told)
    if silencer:
        proofs.append(Proof("config", ref, f"the message for the sender is dropped: {silencer}"))
        observed += f", because {silencer} drops the ICMP message that would tell the sender"
    proofs += [seen] if seen else []
    return _finding(
        "path-mtu-blackhole",
        PROVEN if silencer or seen else LIKELY,
        probe,
        largest,
        place,
        where,
        f"{observed} ({where})",
        proofs,
        _change(stop, silencer),
    )


def _blackhole_above(case: Case, silent: t.Sequence[Probe], above: tuple[int, int]) -> Finding:
    """Sizes between two limits are told of, and larger ones vanish: between the nodes, where captures saw that, or by
    a NIC that takes more than all others of its network."""
    probe, (told, failed) = silent[0], above
    largest = int(probe.data["largest"])
    observed = f"up to {largest} bytes pass, of up to {told} the sender is told; those of {failed} and more vanish"
    between = _between_nodes(case, silent, failed - 1)
    where, seen = between if between is not None else ("a device on the way", None)
    sender = probe.node or ""
    nic = device_at(case.evidence.nodes, Place(sender, HOST, case.nic(sender) or ""))
    wide = nic if nic is not None and _widest(case.evidence, nic) else None
    place = _location(wide) if wide is not None else Location()
    proofs = [*map(probe_proof, silent[:3]), Proof("probe", probe.id, observed)]
    proofs += [seen] if seen is not None else []
    change = _LET_PASS
    if wide is not None:
        observed += f", as {_label(wide)} sends up to {wide.mtu} bytes, which no other node takes"
        proofs.append(Proof("config", ref_of(wide.node), f"MTU {wide.mtu} on {_label(wide)}, less on all other nodes"))
        change = f"{_agree(wide)}\nOr make the network between the nodes take as much"
    return _finding(
        "path-mtu-blackhole",
        PROVEN if seen is not None else LIKELY if wide is not None else POSSIBLE,
        probe,
        largest,
        place,
        where,
        f"{observed} ({where})" if seen is not None else observed,
        proofs,
        change,
    )


def _location(device: Device) -> Location:
    """Where a device is: in a pod's namespace, or the node's."""
    return location_of(Place(device.node, device.netns), device.device)


def _label(device: Device) -> str:
    """A device for people."""
    return f"{device.device} of {label_of(Place(device.node, device.netns))}"


def _change(stop: _TooNarrow, silencer: str | None) -> str:
    """How the sender is told, or the narrow place becomes wider."""
    if stop.learned is not None:
        more = f"remove or narrow the {silencer}" if silencer else "let ICMP type 3 code 4 pass"
        return (
            f"Let {stop.device.node} forget what it learned, and find out who sends it such ICMP errors:\n"
            f"$ ip route flush cache\nBeside that, {more}, so that senders are told. Or make the sizes agree"
        )
    if silencer:
        return f"Remove or narrow the {silencer}, where whatever manages it keeps it. Or make the sizes agree"
    return _LET_PASS


def _too_narrow(case: Case, silent: t.Sequence[Probe]) -> _TooNarrow | None:
    """Where the simulated packet, of the size that vanishes, does not fit."""
    for probe in silent:
        trip = case.trip(probe)
        for way in trip.ways if trip is not None else ():
            broken = way.broken
            if broken is None or broken.disposition is not Disposition.TOO_BIG:
                continue
            device = device_at(case.evidence.nodes, broken.place)
            following = way.traces[way.traces.index(broken) + 1 :]
            if device is None:
                continue
            decided = broken.last.decided if broken.last is not None else None
            learned = decided if isinstance(decided, PathMtu) else None
            if learned is not None:
                device = dataclasses.replace(device, mtu=learned.mtu)
            return _TooNarrow(device, following[0] if following else None, learned)
    return None


def _by_size(case: Case, probe: Probe, largest: int, failed: int) -> _TooNarrow | None:
    """A device on the way with the MTU that passes, where the simulation has none that is too narrow."""
    hops = (_narrow_hop(path, largest, failed) for path in _paths(case, probe))
    device = next(filter(None, hops), None) or _any_device(case.evidence, probe, largest, failed)
    return _TooNarrow(device) if device is not None else None


def _silencer(told: Trace | None) -> str | None:
    """The rule that drops the error for the sender, and its node."""
    rule = told.last.decided if told is not None and told.last is not None and told.reason is Reason.RULE else None
    return f'rule "{rule}" of {told.place.node}' if rule is not None and told is not None else None


def _between_nodes(case: Case, probes: t.Sequence[Probe], largest: int) -> tuple[str, Proof] | None:
    """Where captures without loss saw every large packet that was lost leave the NIC of one node, and never come to
    that of another: what lies between, and the proof."""
    for flow in case.evidence.flows(*(probe.id for probe in probes)):
        if not flow.get("lossless") or flow.get("ambiguous"):
            continue
        large = [packet for packet in flow.get("packets") or [] if (packet.get("length") or 0) > largest]
        for way in ("forward", "reply"):
            gaps = {
                tuple((point.get("node"), point.get("device")) for point in (packet.get(f"last_{way}") or {}, missing))
                for packet in large
                if (missing := packet.get(f"missing_{way}"))
            }
            if len(gaps) != 1:
                continue
            ((last, first), *_none) = gaps
            nodes = (last[0], first[0])
            if None in nodes or nodes[0] == nodes[1] or (last[1], first[1]) != tuple(map(case.nic, nodes)):
                continue
            lost = sum(1 for packet in large if packet.get(f"missing_{way}"))
            text = (
                f"{lost} of {len(large)} packets of more than {largest} bytes were seen last on {last[1]} of "
                f"{last[0]}, never on {first[1]} of {first[0]}, and no capture lost packets"
            )
            ref = f"captures/index.json#{flow.get('probe_id')}"
            return f"the network between {nodes[0]} and {nodes[1]}", Proof("capture", ref, text)
    return None


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
    change: str = _LET_PASS,
) -> Finding:
    title = "Two devices that belong together have different MTUs"
    if identifier == "path-mtu-blackhole":
        title = "Large packets vanish on the way"
        change = (
            f"{change}: MTU {largest} at the sender, or a larger MTU on {where}. Until then, clamp TCP:\n"
            "$ iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS"
            f" --set-mss {largest - 40}"
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


def _agree(odd: Device) -> str:
    """How the MTU of a device becomes that of those that it belongs to."""
    if odd.kind == "nic":
        return (
            f"Give {odd.device} of {odd.node} the MTU of the others on its network, where the node's network is"
            f" configured, and now:\n$ ip link set dev {odd.device} mtu SIZE"
        )
    return (
        f"Make the MTUs agree around {_label(odd)}: set the MTU in the CNI's configuration (the NIC's less 50 bytes for"
        " VXLAN), restart its agents, and make the pods anew."
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
                return device_at(evidence.nodes, Place(node.name, HOST, link.name))
    return None


def _wider(case: Case, probe: Probe, narrow: Device) -> Device | None:
    """The device that it should agree with: the tunnel above a NIC or the NIC below a tunnel that needs more, the other
    end of a link or the NIC of the node that sends to it where that takes more.
    """
    for path in _paths(case, probe):
        places = [(one.node, one.netns, one.device) for one in path.devices]
        if (narrow.node, narrow.netns, narrow.device) not in places:
            continue
        position = places.index((narrow.node, narrow.netns, narrow.device))
        for other in [path.devices[at] for at in (position + 1, position - 1) if 0 <= at < len(path.devices)]:
            has, gives = narrow.mtu or 0, other.mtu or 0
            if (narrow.kind, other.kind) == ("tunnel", "nic") and other.node == narrow.node:
                has, gives = gives, has + VXLAN_OVERHEAD
            elif (narrow.kind, other.kind) == ("nic", "tunnel"):
                gives += VXLAN_OVERHEAD
            elif (other.kind, narrow.kind) not in _AGREE:
                continue
            if gives > has:
                return other
    return None


def _alone(evidence: Evidence, nic: Device) -> bool:
    """Whether no other node's device of that name takes so little."""
    others = _same_elsewhere(evidence, nic)
    return bool(others) and all(link is None or link.mtu > (nic.mtu or 0) for link in others)


def _widest(evidence: Evidence, nic: Device) -> bool:
    """Whether every other node's device of that name takes less."""
    others = _same_elsewhere(evidence, nic)
    return bool(others) and all(link is not None and link.mtu < (nic.mtu or 0) for link in others)


def _same_elsewhere(evidence: Evidence, nic: Device) -> list[Link | None]:
    """The device of that name on each other node."""
    return [node.host.links.get(nic.device) for node in evidence.nodes.values() if node.name != nic.node]
