# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The ladder of a probe's packets: device by device, there and back, when each was seen, how often, and from whom."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._captures import DeviceCapture, Point
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._checksum import worst
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
    same packet once more. checksum: the worst of these and of the tunnel's header around them (see _checksum). ttl: how
    many routers it may still pass. outer_dst_mac: where the frame with the tunnel's header goes."""

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
    checksum: str | None = None
    ttl: int | None = None
    outer_dst_mac: str | None = None

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
class Count:
    """How many of a probe's packets (forward) or answers (reply) a device saw, each counted once."""

    point: Point
    direction: str
    packets: int

    def to_json(self) -> JsonObject:
        """As in the index."""
        return {**self.point.to_json(), "direction": self.direction, "packets": self.packets}


@dataclasses.dataclass(frozen=True)
class Ladder:
    """All packets of a probe. start: ns since 1970 of the reference clock. total: how many there were, of which the
    first ones are listed; counts: how many of these each device saw."""

    probe_id: str
    start: int
    packets: tuple[Packet, ...]
    total: int = 0
    counts: tuple[Count, ...] = ()

    def to_json(self) -> JsonObject:
        """As in the index."""
        return {
            "probe_id": self.probe_id,
            "start": self.start,
            "packets": [packet.to_json() for packet in self.packets],
            "total": self.total,
            "counts": [count.to_json() for count in self.counts],
        }


def shares(ladder: t.Mapping[str, t.Any]) -> list[str]:
    """A ladder of the index in words: how many of how many packets each device saw, where one did not see them all."""
    total, counts = int(ladder.get("total") or 0), ladder.get("counts") or []
    found = []
    for direction, name in ((FORWARD, "there"), (REPLY, "back")):
        mine = [one for one in counts if one.get("direction") == direction]
        if total > 1 and any(one.get("packets") != total for one in mine):
            told = ", ".join(f"{one.get('device')} of {one.get('node')} {one.get('packets')}" for one in mine)
            found.append(f"of {total} packets, {name}: {told}")
    return found


def crossings(probes: t.Sequence[Probe], found: t.Sequence[Recognised], captures: Looks) -> list[Crossing]:
    """The packets that were seen on more than one node, each from the last device of one to the first of another.

    A packet that was repeated cannot be told from its repetition on the other node where one of them was lost, so only
    those count that both nodes saw equally often.
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
    passages: dict[str, dict[tuple[Point, object], list[int]]] = {}
    order: dict[str, tuple[int, int]] = {}
    for sighting in sightings:
        time = _time(sighting, captures)
        if time is not None:
            # How often a packet was forwarded tells which node it met first, whatever their clocks say; where it was
            # not, the way that it should take.
            node = sighting.point.node
            passages.setdefault(node, {}).setdefault((sighting.point, _look(sighting)), []).append(time)
            place = expected.index(node) if node in expected else len(expected)
            order[node] = min(order.get(node, (256, 0)), (256 - sighting.packet.ttl, place))
    nodes = sorted(passages, key=lambda node: order[node])
    return [
        crossing
        for first, second in zip(nodes, nodes[1:])
        if order[first] < order[second]
        for crossing in _between(first, passages[first].values(), second, passages[second].values())
    ]


def _between(
    first: str, left: t.Collection[list[int]], second: str, came: t.Collection[list[int]]
) -> t.Iterator[Crossing]:
    """One crossing for each time that a packet came by. times: of each passage of a device.

    Where a packet was copied on its way, the devices behind that place saw it more often: only these are compared.
    """
    often = max(map(len, left))
    if often != max(map(len, came)):
        return
    leaving = [sorted(times) for times in left if len(times) == often]
    coming = [sorted(times) for times in came if len(times) == often]
    for number in range(often):
        yield Crossing(first, max(times[number] for times in leaving), second, min(times[number] for times in coming))


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
    opening = [trace for trace in found.traces if trace.primary]
    listed = tuple(packet for packet in packets if packet.rungs)
    return Ladder(probe.id, start, listed, len(opening), _counts(probe, opening, captures))


def _counts(probe: Probe, traces: t.Sequence[Trace], captures: Looks) -> tuple[Count, ...]:
    """In the order of the way, there and back; then the devices that were not expected. Where nothing came back at all,
    the way back is not listed."""
    seen: dict[tuple[str, Point], int] = {}
    for trace in traces:
        for direction in (FORWARD, REPLY):
            for point in dict.fromkeys(sighting.point for sighting in trace.seen(direction)):
                seen[direction, point] = seen.get((direction, point), 0) + 1
    listed = {direction for direction, _point in seen}
    expected = [(FORWARD, point) for path in probe.paths for point in path.devices]
    expected += [(REPLY, point) for path in probe.paths for point in path.reply_order]
    ways = [(way, point) for way, point in expected if way in listed and point in captures and captures[point].readable]
    return tuple(Count(point, way, seen.get((way, point), 0)) for way, point in dict.fromkeys((*ways, *seen)))


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
        worst(checksum for _time, one in seen for checksum in _checksums(one)),
        packet.ttl,
        packet.outer.dst_mac if packet.outer is not None else None,
    )


def _checksums(sighting: Sighting) -> tuple[str | None, str | None]:
    outer = sighting.packet.outer
    return sighting.packet.checksum, outer.checksum if outer is not None else None


def _look(sighting: Sighting) -> object:
    """What tells one passage of a device from another: addresses of all layers, and how often it was forwarded."""
    packet = sighting.packet
    outer = packet.outer._replace(src_port=0, checksum=None) if packet.outer is not None else None
    return (packet.src, packet.dst, packet.ttl, packet.src_mac, packet.dst_mac, outer)


def _time(sighting: Sighting, captures: Looks) -> int | None:
    capture = captures.get(sighting.point)
    times = capture.times if capture is not None else ()
    return times[sighting.number] if sighting.number < len(times) else None
