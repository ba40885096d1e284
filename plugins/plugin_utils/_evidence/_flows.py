# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""How far the packets of a probe came: which devices saw them, the last one that did, the first that never did.

"Seen on X and never on Y" proves a loss between them only when Y's capture can have missed nothing.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._captures import DeviceCapture, Point
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._identity import (
    FORWARD,
    REPLY,
    Recognised,
    Sighting,
    Trace,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._packets import Icmp, Outer
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._probes import ExpectedPath, Probe

# Packets of one flow that are listed one by one. Of a longer series the first are, and of what was lost later, one for
# each place, with how many were lost alike.
MAX_PACKETS = 64


@dataclasses.dataclass(frozen=True)
class Way:
    """How far something came along an ordered list of devices. Each is None when there is no such device."""

    last: Point | None = None
    missing: Point | None = None
    steps: int = 0  # how many of the devices it passed, for comparison


@dataclasses.dataclass(frozen=True)
class SightingCount:
    """Packets of one look on one device and direction. port: the server's. largest: bytes of the IP packet."""

    point: Point
    direction: str
    what: str
    src: str
    dst: str
    port: int
    outer: tuple[str, str, int] | None
    count: int
    largest: int

    def to_json(self) -> JsonObject:
        outer = dict(zip(("src", "dst", "vni"), self.outer)) if self.outer else None
        return {
            **self.point.to_json(),
            "direction": self.direction,
            "what": self.what,
            "count": self.count,
            "src": self.src,
            "dst": self.dst,
            "port": self.port or None,
            "largest": self.largest,
            "outer": outer,
        }


@dataclasses.dataclass(frozen=True)
class ErrorCount:
    """ICMP errors of one kind on one device. direction: of the packets they are about. mtu: bytes, where told."""

    point: Point
    sender: str
    direction: str
    type: int
    code: int
    mtu: int | None
    count: int

    def to_json(self) -> JsonObject:
        return {
            **self.point.to_json(),
            "from": self.sender,
            "about": self.direction,
            "type": self.type,
            "code": self.code,
            "mtu": self.mtu,
            "count": self.count,
        }


@dataclasses.dataclass(frozen=True)
class PacketFate:
    """What became of one packet of the probe. length: bytes of the IP packet.

    strayed: it left the last device that saw it for another hardware address, or another end of a tunnel, than those
    that arrived.
    """

    what: str
    label: str
    direction: str
    length: int
    answered: bool | None
    forward: Way
    reply: Way
    strayed: bool = False

    @property
    def lost(self) -> bool:
        return self.forward.missing is not None or self.reply.missing is not None

    def to_json(self) -> JsonObject:
        return {
            "what": self.what,
            "label": self.label,
            "direction": self.direction,
            "length": self.length,
            "answered": self.answered,
            "lost": self.lost,
            "strayed": self.strayed,
            **_ways(self.forward, self.reply),
        }


@dataclasses.dataclass(frozen=True)
class Flow:
    """All packets of a probe that took one way. destination: which of several ways, None where there is but one.

    loss: a packet was seen on one device and not on the next. lossless: the captures that say so missed nothing, and
    no packet could have been another's, so that this proves it. foreign: answers from another address than was asked.
    misdirected: answers to another port than they were asked from, which is their port.
    """

    probe_id: str
    kind: str
    destination: str | None
    sightings: tuple[SightingCount, ...]
    errors: tuple[ErrorCount, ...]
    packets: tuple[PacketFate, ...]
    forward: Way
    reply: Way
    lossless: bool
    known: bool
    ambiguous: bool
    not_captured: tuple[Point, ...]
    unexpected: tuple[Point, ...]
    notes: tuple[str, ...]
    foreign: tuple[SightingCount, ...] = ()
    misdirected: tuple[SightingCount, ...] = ()

    @property
    def loss(self) -> bool:
        return (
            self.forward.missing is not None
            or self.reply.missing is not None
            or any(packet.lost for packet in self.packets)
        )

    def to_json(self) -> JsonObject:
        return {
            "probe_id": self.probe_id,
            "kind": self.kind,
            "destination": self.destination,
            "sightings": [sighting.to_json() for sighting in self.sightings],
            **_ways(self.forward, self.reply),
            "loss": self.loss,
            "lossless": self.lossless,
            "known": self.known,
            "ambiguous": self.ambiguous,
            "errors": [error.to_json() for error in self.errors],
            "foreign": [sighting.to_json() for sighting in self.foreign],
            "misdirected": [sighting.to_json() for sighting in self.misdirected],
            "packets": self._listed(),
            "sent": len(self.packets),
            "not_captured": [point.to_json() for point in self.not_captured],
            "unexpected": [point.to_json() for point in self.unexpected],
            "notes": list(self.notes),
        }

    def _listed(self) -> list[JsonObject]:
        listed = [packet.to_json() for packet in self.packets[:MAX_PACKETS]]
        alike: dict[tuple[Way, Way, bool], list[PacketFate]] = {}
        for packet in self.packets[MAX_PACKETS:]:
            if packet.lost:
                alike.setdefault((packet.forward, packet.reply, packet.strayed), []).append(packet)
        return listed + [{**packets[0].to_json(), "alike": len(packets)} for packets in alike.values()]


def _ways(forward: Way, reply: Way) -> JsonObject:
    points = {
        "last_forward": forward.last,
        "missing_forward": forward.missing,
        "last_reply": reply.last,
        "missing_reply": reply.missing,
    }
    return {name: point.to_json() if point else None for name, point in points.items()}


def flows_of(probe: Probe, found: Recognised, captures: t.Mapping[Point, DeviceCapture]) -> list[Flow]:
    """The flows of a probe: one, or one for each backend that its packets went to."""
    groups: dict[ExpectedPath | None, list[Trace]] = {}
    for trace in found.traces:
        groups.setdefault(_path_of(trace, probe.paths), []).append(trace)
    if not groups:
        groups[probe.paths[0] if len(probe.paths) == 1 else None] = []
    return [
        _FlowBuilder(probe, path or _common(probe.paths), path is None and len(probe.paths) > 1, found, captures).build(
            traces
        )
        for path, traces in groups.items()
    ]


def _path_of(trace: Trace, paths: t.Sequence[ExpectedPath]) -> ExpectedPath | None:
    """The way that a packet took, told by the address it had behind the translation; None when that is not seen.

    Data go the way of the SYN that opened their connection.
    """
    if len(paths) <= 1:
        return paths[0] if paths else None
    servers = {
        sighting.packet.dst if sighting.direction == FORWARD else sighting.packet.src
        for sighting in (trace.opening or trace).sightings
    }
    fitting = [path for path in paths if path.destination in servers]
    return fitting[0] if len(fitting) == 1 else None


def _common(paths: t.Sequence[ExpectedPath]) -> ExpectedPath:
    """What all ways begin with."""
    shared: list[Point] = []
    for points in zip(*(path.devices for path in paths)):
        if len(set(points)) > 1:
            break
        shared.append(points[0])
    return ExpectedPath(tuple(shared))


class _FlowBuilder:
    """Builds the flow of some traces along one path. forked: the path is only the common beginning of several."""

    def __init__(
        self,
        probe: Probe,
        path: ExpectedPath,
        forked: bool,
        found: Recognised,
        captures: t.Mapping[Point, DeviceCapture],
    ) -> None:
        self.probe = probe
        self.path = path
        self.forked = forked
        self.found = found
        self.captures = captures
        self.notes = list(found.notes)

    def build(self, traces: t.Sequence[Trace]) -> Flow:
        fates = _with_strays(traces, [self._fate(trace) for trace in traces])
        primary = [fate for trace, fate in zip(traces, fates) if trace.primary]
        forward = self._furthest(self.path.devices, [fate.forward for fate in primary])
        reply = self._furthest(self.path.reply_order, [fate.reply for fate in primary])
        sightings = [sighting for trace in traces for sighting in trace.sightings]
        seen = {sighting.point for sighting in sightings}
        expected = {point for path in self.probe.paths for point in (*path.devices, *path.reply_order)}
        if self.forked and not forward.missing:
            self.notes.append("it is not known which of several ways the packets took")
        return Flow(
            self.probe.id,
            self.probe.kind,
            self.path.destination,
            _counted(_unique(sightings)),
            _counted_errors([error for trace in traces for error in trace.errors]),
            fates,
            forward,
            reply,
            self._lossless(forward, reply, fates, sightings),
            self.found.known,
            self.found.ambiguous,
            tuple(point for point in dict.fromkeys(self.path.devices) if not self._captured(point)),
            tuple(sorted(seen - expected)) if self.probe.paths else (),
            tuple(self.notes),
            _counted(_unique([one for trace in traces for one in trace.foreign])),
            _counted(_unique([one for trace in traces for one in trace.misdirected]), of_client=True),
        )

    def _captured(self, point: Point) -> bool:
        return point in self.captures and self.captures[point].readable

    def _fate(self, trace: Trace) -> PacketFate:
        forward_seen, reply_seen = trace.seen(FORWARD), trace.seen(REPLY)
        order, back = self.path.devices, self.path.reply_order
        if not trace.primary:
            way = self._way(order if trace.direction == FORWARD else back, forward_seen or reply_seen)
            ways = (way, Way()) if trace.direction == FORWARD else (Way(), way)
            return PacketFate(trace.what, trace.label, trace.direction, trace.length, None, *ways)
        forward = self._way(order, forward_seen)
        arrived = bool(forward_seen) and forward.missing is None and not self.forked
        reply = self._way(back, reply_seen) if reply_seen or arrived else Way()
        first = next((point for point in order if self._captured(point)), None)
        answered = any(sighting.point == first for sighting in reply_seen) if first else bool(reply_seen)
        if answered:
            # An answer that came back says that the packet arrived, whoever overlooked it.
            forward = dataclasses.replace(forward, missing=None) if not self._rejected(reply_seen) else forward
            reply = dataclasses.replace(reply, missing=None)
        return PacketFate(trace.what, trace.label, trace.direction, trace.length, answered, forward, reply)

    @staticmethod
    def _rejected(replies: t.Sequence[Sighting]) -> bool:
        """A reset may come from a firewall on the way as well as from the server."""
        return all(sighting.what == "reset" for sighting in replies)

    def _way(self, order: t.Sequence[Point], seen: t.Sequence[Sighting]) -> Way:
        """A device that is passed twice counts twice only when the packet looks different the second time."""
        looks: dict[Point, set[object]] = {}
        for sighting in seen:
            packet = sighting.packet
            looks.setdefault(sighting.point, set()).add(
                (
                    packet.src,
                    packet.src_port,
                    packet.dst,
                    packet.dst_port,
                    packet.ttl,
                    packet.src_mac,
                    packet.dst_mac,
                    _outer(packet.outer),
                )
            )
        needed: dict[Point, int] = {}
        last = -1
        for position, point in enumerate(order):
            needed[point] = needed.get(point, 0) + 1
            if len(looks.get(point, ())) >= needed[point]:
                last = position
        return self._made(order, last)

    def _made(self, order: t.Sequence[Point], last: int) -> Way:
        missing = next((point for point in order[last + 1 :] if self._captured(point)), None)
        return Way(order[last] if last >= 0 else None, missing, last + 1)

    def _furthest(self, order: t.Sequence[Point], ways: t.Sequence[Way]) -> Way:
        """Of several packets, how far any of them came. Where none was found, it was sent nowhere, if that is known."""
        if not ways:
            return self._made(order, -1) if self.found.known and order is self.path.devices else Way()
        return max(ways, key=lambda way: (way.steps, way.missing is None))

    def _lossless(
        self, forward: Way, reply: Way, fates: t.Sequence[PacketFate], sightings: t.Sequence[Sighting]
    ) -> bool:
        if self.found.ambiguous or not self.found.known:
            return False
        missing = [way.missing for fate in fates for way in (fate.forward, fate.reply) if way.missing]
        missing += [way.missing for way in (forward, reply) if way.missing]
        points = set(missing) or {point for point in self.path.devices if self._captured(point)}
        for point in sorted(points):
            weakness = self.captures[point].weakness or self._unread(point, sightings)
            if weakness:
                self.notes.append(f"{point}: {weakness}")
                return False
        return bool(points)

    def _unread(self, point: Point, sightings: t.Sequence[Sighting]) -> str | None:
        """Why these packets may be among those that a capture did not read; None where it read what came after them,
        by the clock of its node."""
        capture = self.captures[point]
        here = [self.captures[one.point].times[one.number] for one in sightings if one.point.node == point.node]
        if not capture.unread or (here and capture.times and capture.times[-1] > max(here)):
            return None
        return f"the capture ended before it had read {capture.unread} packets"


def _with_strays(traces: t.Sequence[Trace], fates: t.Sequence[PacketFate]) -> tuple[PacketFate, ...]:
    usual: dict[tuple[Point, str], set[object]] = {}
    for trace, fate in zip(traces, fates):
        for sighting in () if fate.lost else trace.sightings:
            usual.setdefault((sighting.point, sighting.direction), set()).add(_heading(sighting))
    return tuple(
        dataclasses.replace(fate, strayed=True) if fate.lost and _strays(trace, fate, usual) else fate
        for trace, fate in zip(traces, fates)
    )


def _strays(trace: Trace, fate: PacketFate, usual: t.Mapping[tuple[Point, str], set[object]]) -> bool:
    for direction, way in ((FORWARD, fate.forward), (REPLY, fate.reply)):
        # What came as far as it is seen, and was never answered, may have been for somebody else there.
        unanswered = direction == FORWARD and fate.reply.missing is not None and fate.reply.last is None
        if way.last is None or not (way.missing is not None or unanswered):
            continue
        mine = {_heading(one) for one in trace.seen(direction) if one.point == way.last}
        known = usual.get((way.last, direction))
        if known and mine and not mine & known:
            return True
    return False


def _heading(sighting: Sighting) -> tuple[object, object]:
    outer = sighting.packet.outer
    return sighting.packet.dst_mac, outer.dst if outer else None


def _unique(sightings: t.Iterable[Sighting]) -> list[Sighting]:
    """Each packet once, also when it belongs to two traces."""
    return list({(sighting.point, sighting.number): sighting for sighting in sightings}.values())


def _outer(outer: Outer | None) -> tuple[str, str, int] | None:
    return (outer.src, outer.dst, outer.vni) if outer else None


def _counted(sightings: t.Iterable[Sighting], of_client: bool = False) -> tuple[SightingCount, ...]:
    """of_client: with the client's ports in place of the server's."""
    counted: dict[tuple[t.Any, ...], SightingCount] = {}
    for sighting in sightings:
        packet = sighting.packet
        port = packet.dst_port if (sighting.direction == FORWARD) is not of_client else packet.src_port
        key = (sighting.point, sighting.direction, sighting.what, packet.src, packet.dst, port, _outer(packet.outer))
        before = counted.get(key)
        counted[key] = SightingCount(
            *key, count=before.count + 1 if before else 1, largest=max(packet.length, before.largest if before else 0)
        )
    return tuple(counted.values())


def _counted_errors(sightings: t.Iterable[Sighting]) -> tuple[ErrorCount, ...]:
    counted: dict[ErrorCount, int] = {}
    for sighting in _unique(sightings):
        icmp = sighting.packet.transport
        if isinstance(icmp, Icmp):
            one = ErrorCount(sighting.point, sighting.packet.src, sighting.direction, icmp.type, icmp.code, icmp.mtu, 1)
            counted[one] = counted.get(one, 0) + 1
    return tuple(dataclasses.replace(one, count=count) for one, count in counted.items())
