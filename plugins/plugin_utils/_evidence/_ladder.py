# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The ladder of a probe's packets: device by device, there and back, when each was seen, how often, and from whom."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._captures import (
    DeviceCapture,
    JsonObject,
    Point,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._clock import Clock, Crossing, clocks
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._identity import (
    FORWARD,
    REPLY,
    Recognised,
    Sighting,
    Trace,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._packets import Tcp
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._probes import Probe

# Packets of one probe, and devices of one packet, that are listed; the first ones tell enough.
MAX_PACKETS, MAX_RUNGS = 12, 64
# The kernel repeats nothing sooner than this (TCP_RTO_MIN of include/net/tcp.h: 200 ms), and a copy is not that late.
AGAIN_NS = 150_000_000
Looks = t.Mapping[Point, DeviceCapture]


@dataclasses.dataclass(frozen=True)
class Rung:
    """A packet on one device in one look. first and last: ns of the reference clock, relative to the probe's first
    packet. seen: how often; retransmitted: how many of these are repetitions by the sender, copies: how many are the
    same packet once more."""

    point: Point
    direction: str
    what: str
    first: int
    last: int
    seen: int
    retransmitted: int
    copies: int
    src_mac: str | None
    dst_mac: str | None
    src: str
    dst: str

    def to_json(self) -> JsonObject:
        """As in the index."""
        plain = {field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.name != "point"}
        return {**self.point.to_json(), **plain}


@dataclasses.dataclass(frozen=True)
class Packet:
    """One packet of a probe with its answer. rungs: in the order in which they were seen."""

    label: str
    what: str
    rungs: tuple[Rung, ...]

    def to_json(self) -> JsonObject:
        """As in the index."""
        return {"label": self.label, "what": self.what, "rungs": [rung.to_json() for rung in self.rungs]}


@dataclasses.dataclass(frozen=True)
class Ladder:
    """All packets of a probe. start: ns since 1970 of the reference clock."""

    probe_id: str
    start: int
    packets: tuple[Packet, ...]

    def to_json(self) -> JsonObject:
        """As in the index."""
        return {
            "probe_id": self.probe_id,
            "start": self.start,
            "packets": [packet.to_json() for packet in self.packets],
        }


def crossings(probes: t.Sequence[Probe], found: t.Sequence[Recognised], captures: Looks) -> list[Crossing]:
    """The packets that were seen on more than one node, each from the last device of one to the first of another.

    A packet that was repeated cannot be told from its repetition on the other node, so only those that every device
    saw once count.
    """
    made = []
    for probe, one in zip(probes, found):
        if one.ambiguous:
            continue
        nodes = list(dict.fromkeys(point.node for point in probe.points))
        for trace in one.traces:
            made += _crossings(trace.seen(FORWARD), captures, nodes)
            made += _crossings(trace.seen(REPLY), captures, nodes[::-1])
    return made


def _crossings(sightings: t.Sequence[Sighting], captures: Looks, expected: t.Sequence[str]) -> list[Crossing]:
    looks = [(sighting.point, _look(sighting)) for sighting in sightings]
    if len(set(looks)) != len(looks):
        return []
    times: dict[str, list[int]] = {}
    order: dict[str, tuple[int, int]] = {}
    for sighting in sightings:
        time = _time(sighting, captures)
        if time is not None:
            times.setdefault(sighting.point.node, []).append(time)
            # How often a packet was forwarded tells which node it met first, whatever their clocks say; where it was
            # not, the way that it should take.
            node = sighting.point.node
            place = expected.index(node) if node in expected else len(expected)
            order[node] = min(order.get(node, (256, 0)), (256 - sighting.packet.ttl, place))
    nodes = sorted(times, key=lambda node: order[node])
    return [
        Crossing(first, max(times[first]), second, min(times[second]))
        for first, second in zip(nodes, nodes[1:])
        if order[first] < order[second]
    ]


def clocks_of(probes: t.Sequence[Probe], found: t.Sequence[Recognised], captures: Looks) -> dict[str, Clock]:
    """The clocks of all nodes with captures; the reference is the node that the first probe starts on."""
    nodes = sorted({point.node for point in captures})
    starts = [point.node for probe in probes for point in probe.points[:1]]
    reference = next((node for node in starts if node in nodes), nodes[0] if nodes else "")
    return clocks(reference, nodes, crossings(probes, found, captures)) if nodes else {}


def ladder(probe: Probe, found: Recognised, captures: Looks, known: t.Mapping[str, Clock]) -> Ladder | None:
    """The ladder of one probe; None where none of its packets was seen."""
    moments = [
        time - known[sighting.point.node].offset
        for trace in found.traces
        for sighting in trace.sightings
        if (time := _time(sighting, captures)) is not None and sighting.point.node in known
    ]
    if not moments:
        return None
    start = min(moments)
    packets = [_packet(trace, captures, known, start) for trace in found.traces[:MAX_PACKETS]]
    return Ladder(probe.id, start, tuple(packet for packet in packets if packet.rungs))


def _packet(trace: Trace, captures: Looks, known: t.Mapping[str, Clock], start: int) -> Packet:
    groups: dict[tuple[Point, str, object], list[tuple[int, Sighting]]] = {}
    for sighting in trace.sightings:
        time = _time(sighting, captures)
        clock = known.get(sighting.point.node)
        if time is not None and clock is not None:
            key = (sighting.point, sighting.direction, _look(sighting))
            groups.setdefault(key, []).append((time - clock.offset - start, sighting))
    rungs = [_rung(sorted(group, key=lambda one: one[0])) for group in groups.values()]
    rungs.sort(key=lambda rung: rung.first)
    return Packet(trace.label, trace.what, tuple(rungs[:MAX_RUNGS]))


def _rung(seen: t.Sequence[tuple[int, Sighting]]) -> Rung:
    first, sighting = seen[0]
    again = 0
    if isinstance(sighting.packet.transport, Tcp):
        again = sum(later - before >= AGAIN_NS for (before, _one), (later, _other) in zip(seen, seen[1:]))
    packet = sighting.packet
    return Rung(
        sighting.point,
        sighting.direction,
        sighting.what,
        first,
        seen[-1][0],
        len(seen),
        again,
        len(seen) - 1 - again,
        packet.src_mac,
        packet.dst_mac,
        packet.src,
        packet.dst,
    )


def _look(sighting: Sighting) -> object:
    """What tells one passage of a device from another: addresses of all layers, and how often it was forwarded."""
    packet = sighting.packet
    outer = packet.outer._replace(src_port=0) if packet.outer is not None else None
    return (packet.src, packet.dst, packet.ttl, packet.src_mac, packet.dst_mac, outer)


def _time(sighting: Sighting, captures: Looks) -> int | None:
    capture = captures.get(sighting.point)
    times = capture.times if capture is not None else ()
    return times[sighting.number] if sighting.number < len(times) else None
