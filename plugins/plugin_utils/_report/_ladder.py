# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The ladder as an SVG picture: hosts and their devices as columns, time downwards, a packet as a line from device to
device; where it was lost, a cross."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._ladder import shares
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._markup import Markup, element, join

# What is drawn of a run; the file of the captures has all of it.
MAX_LADDERS, MAX_PACKETS, MAX_COLUMNS = 6, 3, 24
_COLUMN, _ROW, _LEFT, _TOP, _GAP = 92, 17, 96, 56, 30
_LONGEST = 13
_CHECKSUMS: t.Mapping[str | None, str] = {
    "valid": "valid",
    "invalid": "invalid",
    "partial": "left to the device",
    "none": "not sent",
}


@dataclasses.dataclass(frozen=True)
class Column:
    """A device as a column. netns: host or a pod's."""

    node: str
    netns: str
    device: str


@dataclasses.dataclass(frozen=True)
class Rung:
    """A packet on a device; time in ms after the probe's first packet."""

    column: Column
    reply: bool
    time: float
    seen: int
    retransmitted: int
    copies: int
    checksum: str | None = None


@dataclasses.dataclass(frozen=True)
class Packet:
    """label: which packet; missing: the columns where it should have been seen next, and was not."""

    label: str
    rungs: tuple[Rung, ...]
    missing: tuple[Column, ...]


@dataclasses.dataclass(frozen=True)
class Ladder:
    """A probe's packets. shares: how many of how many each device saw, in words, where one did not see them all."""

    probe_id: str
    packets: tuple[Packet, ...]
    shares: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The devices in the order in which they were met, those of one host beside each other."""
        met = [rung.column for packet in self.packets for rung in packet.rungs if not rung.reply]
        met += [rung.column for packet in self.packets for rung in packet.rungs]
        met += [column for packet in self.packets for column in packet.missing]
        order = list(dict.fromkeys(met))
        hosts = list(dict.fromkeys(column.node for column in order))
        return tuple(sorted(order, key=lambda column: hosts.index(column.node)))[:MAX_COLUMNS]


def ladders(captures: t.Any) -> list[Ladder]:
    """What captures/index.json has of ladders, as far as it is what it should be."""
    index = captures if isinstance(captures, dict) else {}
    lost = _missing(index)
    found = []
    for item in _objects(index.get("ladders"))[:MAX_LADDERS]:
        probe_id = str(item.get("probe_id"))
        packets = []
        for packet in _objects(item.get("packets"))[:MAX_PACKETS]:
            label = str(packet.get("label"))
            rungs = tuple(rung for rung in map(_rung, _objects(packet.get("rungs"))) if rung is not None)
            if rungs:
                packets.append(Packet(label, rungs, lost.get((probe_id, label), ())))
        if packets:
            words = shares({"total": _number(item.get("total")), "counts": _objects(item.get("counts"))})
            found.append(Ladder(probe_id, tuple(packets), tuple(words)))
    return found


def clock_notes(captures: t.Any) -> list[str]:
    """How the clocks of the nodes stand to one another, in words."""
    notes = []
    for item in _objects(captures.get("clocks") if isinstance(captures, dict) else None):
        offset, node, reference = _number(item.get("offset")), item.get("node"), item.get("reference")
        if offset is None or node == reference:
            continue
        uncertain = _number(item.get("uncertainty"))
        ahead = "ahead of" if offset >= 0 else "behind"
        sure = (
            f"give or take {uncertain / 1e6:.3f} ms"
            if uncertain is not None
            else "by packets of one direction, as if they took no time"
        )
        notes.append(f"The clock of {node} is {abs(offset) / 1e6:.3f} ms {ahead} that of {reference}, {sure}.")
    return notes


# -- picture -------------------------------------------------------------------------------------------------------
def draw(ladder: Ladder, ident: str) -> Markup:
    """One ladder as an svg element."""
    columns = ladder.columns
    place = {column: _LEFT + index * _COLUMN + _COLUMN // 2 for index, column in enumerate(columns)}
    drawn: list[Markup] = []
    top = _TOP + 14
    for packet in ladder.packets:
        shapes, top = _packet(packet, place, top)
        drawn += shapes
        top += _GAP
    height, width = top, _LEFT + len(columns) * _COLUMN + 10
    return element(
        "svg",
        element("title", f"Probe {ladder.probe_id}: its packets from device to device", id=f"{ident}-title"),
        [_head(column, x) for column, x in place.items()],
        _hosts(columns),
        [element("line", x1=x, y1=_TOP, x2=x, y2=height - 8, class_="lane") for x in place.values()],
        drawn,
        class_="ladder",
        role="img",
        aria_labelledby=f"{ident}-title",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
    )


def _hosts(columns: t.Sequence[Column]) -> list[Markup]:
    """The name of each host over its devices."""
    found = []
    for node in dict.fromkeys(column.node for column in columns):
        mine = [index for index, column in enumerate(columns) if column.node == node]
        left, right = _LEFT + mine[0] * _COLUMN + 6, _LEFT + (mine[-1] + 1) * _COLUMN - 6
        found.append(element("rect", x=left, y=4, width=right - left, height=20, rx=5, class_="host"))
        found.append(element("text", _short(node, 40), x=(left + right) // 2, y=18, class_="host-name"))
    return found


def _head(column: Column, x: int) -> Markup:
    pod = "" if column.netns == "host" else " (pod)"
    return join(
        element("text", _short(column.device), x=x, y=38, class_="device"),
        element("text", pod.strip(), x=x, y=50, class_="small") if pod else None,
    )


def _packet(packet: Packet, place: t.Mapping[Column, int], top: int) -> tuple[list[Markup], int]:
    """A packet's lines from top on, and where they end."""
    shown = [rung for rung in packet.rungs if rung.column in place]
    shapes = [element("text", _short(packet.label, 60), x=8, y=top - 6, class_="label")]
    top += 8
    spots = [(place[rung.column], top + number * _ROW, rung) for number, rung in enumerate(shown)]
    for (x, y, rung), (to_x, to_y, following) in zip(spots, spots[1:]):
        if rung.reply == following.reply:
            way = "reply" if rung.reply else "forward"
            shapes.append(element("line", x1=x, y1=y, x2=to_x, y2=to_y, class_=f"way {way}"))
    for x, y, rung in spots:
        way = "reply" if rung.reply else "forward"
        told = f"{'answer' if rung.reply else 'request'} on {rung.column.device} of {rung.column.node}"
        told += f", checksum {_CHECKSUMS[rung.checksum]}" if rung.checksum in _CHECKSUMS else ""
        dot = element("circle", element("title", told), cx=x, cy=y, r=4, class_=way)
        shapes += [dot, element("text", f"{rung.time:.3f} ms", x=_LEFT - 8, y=y + 4, class_="time")]
        more = _more(rung)
        if more:
            shapes.append(element("text", more, x=x + 8, y=y + 4, class_="small start"))
    bottom = top + max(0, len(shown) - 1) * _ROW
    for column in packet.missing:
        if column in place:
            bottom += _ROW
            x = place[column]
            cross = f"M{x - 5} {bottom - 5}l10 10 M{x + 5} {bottom - 5}l-10 10"
            shapes.append(element("path", d=cross, class_="lost"))
            shapes.append(element("text", "never seen", x=x + 9, y=bottom + 4, class_="small start lost-text"))
    return shapes, bottom


def _more(rung: Rung) -> str:
    parts = [f"sent {rung.retransmitted + 1} times"] if rung.retransmitted else []
    parts += [f"{rung.copies + 1} copies"] if rung.copies else []
    parts += ["checksum invalid"] if rung.checksum == "invalid" else []
    return ", ".join(parts)


# -- reading -------------------------------------------------------------------------------------------------------
def _missing(index: JsonObject) -> dict[tuple[str, str], tuple[Column, ...]]:
    """Where the packets of each probe were never seen, by the label of the packet."""
    found: dict[tuple[str, str], tuple[Column, ...]] = {}
    for flow in _objects(index.get("flows")):
        for packet in _objects(flow.get("packets")):
            points = [packet.get(name) for name in ("missing_forward", "missing_reply")]
            columns = tuple(
                Column(str(point.get("node")), str(point.get("netns")), str(point.get("device")))
                for point in points
                if isinstance(point, dict)
            )
            found[str(flow.get("probe_id")), str(packet.get("label"))] = columns
    return found


def _rung(item: JsonObject) -> Rung | None:
    time = _number(item.get("first"))
    if time is None:
        return None
    column = Column(str(item.get("node")), str(item.get("netns")), str(item.get("device")))
    seen, retransmitted, copies = (int(_number(item.get(name)) or 0) for name in ("seen", "retransmitted", "copies"))
    checksum = item.get("checksum")
    known = checksum if isinstance(checksum, str) else None
    return Rung(column, item.get("direction") == "reply", time / 1e6, seen, retransmitted, copies, known)


def _objects(value: t.Any) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _number(value: t.Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _short(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
