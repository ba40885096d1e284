# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The path as an SVG picture: nodes as boxes, hops on a line, packets per direction, the broken hop in red.

Colours come from the style sheet of the page (`_style.py`) by class. Every state has a sign besides its colour.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report import _path_layout as layout
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report import _wording
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._markup import Markup, element, join
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._path_layout import TILE, Box, Layout, Row
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._path_model import IDLE, LOST, Picture, Wire
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._printable import width as text_width

_LANE = 6
_CORNER = 10
_MARGIN = 3
# Symbols in a field of 20 by 20.
_SYMBOLS = {
    "pod": "M10 2.5l6.5 3.75v7.5L10 17.5l-6.5-3.75v-7.5z M3.5 6.25L10 10l6.5-3.75 M10 10v7.5",
    "veth": "M2.5 7h5v6h-5z M12.5 7h5v6h-5z M7.5 10h5",
    "bridge": "M2.5 15h15 M5 15V6 M15 15V6 M5 7c3 5 7 5 10 0 M10 11v4",
    "tunnel": "M2.5 16.5V10a7.5 7.5 0 0 1 15 0v6.5z M6.5 16.5V11a3.5 3.5 0 0 1 7 0v5.5",
    "nic": "M3 4.5h14v9H3z M6 13.5v3 M10 13.5v3 M14 13.5v3 M6.5 8h3v2.5h-3z",
    "network": "M6 15.5a4 4 0 0 1-.3-8 5 5 0 0 1 9.4 1 3.5 3.5 0 0 1-.6 7z",
    "service": "M10 7.5V10 M10 10H4.5v3 M10 10h5.5v3 M10 10v3 M8 3h4v4.5H8z"
    " M3 13h3v3.5H3z M8.5 13h3v3.5h-3z M14 13h3v3.5h-3z",
    "host": "M3 3.5h14v5.5H3z M3 11h14v5.5H3z M6 6.25h.01 M6 13.75h.01",
    "client": "M3 4h14v9H3z M7 16.5h6 M10 13v3.5",
}
_CROSS = "M5 5l10 10 M15 5L5 15"
_CHECK = "M4.5 10.5l3.5 3.5 7.5-8"


def render_path(picture: Picture, ident: str, anchors: t.Mapping[str, str]) -> Markup:
    """The picture as one svg element. `ident` makes its ids unique; `anchors` gives a link per finding id."""
    placed = layout.arrange(picture)
    wires = picture.wires()
    width, height = placed.width + 2 * _MARGIN, placed.height + 2 * _MARGIN
    return element(
        "svg",
        element("title", picture.title, id=f"{ident}-title"),
        element("desc", describe(picture), id=f"{ident}-desc"),
        [_box(box) for box in placed.boxes],
        [_frame(row) for row in placed.rows],
        [_wire(placed, index, wire, picture.travelling) for index, wire in enumerate(wires)],
        [_row(row, anchors, lost) for row, lost in zip(placed.rows, _losses(picture, wires))],
        class_="path",
        role="img",
        aria_labelledby=f"{ident}-title {ident}-desc",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"{-_MARGIN} {-_MARGIN} {width} {height}",
        style=f"max-width:{width * 1.16:.0f}px;min-width:{width * 0.62:.0f}px",
    )


def describe(picture: Picture) -> str:
    """The same in words, for people who hear the page."""
    sentences = []
    for number, hop in enumerate(picture.hops(), start=1):
        facts = [*_wording.hop_facts(hop), f"on node {hop.node}" if hop.node else "", _wording.HOP_WORDS[hop.status]]
        facts += [f"{fact} packets" for fact in _wording.hop_counts(hop)]
        facts += [hop.note, *hop.findings]
        sentences.append(f"{number}. {_wording.hop_name(hop)}: {', '.join(filter(None, facts))}.")
    return " ".join(sentences)


# -- nodes ---------------------------------------------------------------------------------------------------------
def _box(box: Box) -> Markup:
    left = box.x + layout.TITLE_LEFT
    return element(
        "g",
        element("rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=14, class_="box"),
        _symbol("host" if box.is_node else "network", left, box.y + 11, 18, "box-symbol"),
        element("text", box.title, x=left + 25, y=box.y + 25, class_="box-title"),
        element("text", "node", x=box.x + box.width - 14, y=box.y + 25, class_="box-kind") if box.is_node else None,
        element("path", d=f"M{box.x} {box.y + layout.HEADER}h{box.width}", class_="box-line"),
        class_="node" if box.is_node else "node outside",
    )


def _symbol(kind: str, x: float, y: float, size: float, class_: str) -> Markup:
    data = {"cross": _CROSS, "check": _CHECK}.get(kind) or _SYMBOLS.get(kind, _SYMBOLS["nic"])
    return element("path", d=data, class_=class_, transform=f"translate({x:g} {y:g}) scale({size / 20:g})")


# -- hops ----------------------------------------------------------------------------------------------------------
def _losses(picture: Picture, wires: tuple[Wire, ...]) -> list[tuple[str, ...]]:
    """For each hop the directions whose packets were seen at the hop before it and not at this one."""
    missed = [(picture.travelling,) if wire.along == LOST else () for wire in wires]
    returned = [("reply",) if wire.back == LOST else () for wire in wires]
    return [there + back for there, back in zip([(), *missed], [*returned, ()])]


def _frame(row: Row) -> Markup | None:
    """The ground of a hop that stands out, beneath the wires."""
    if row.hop.status not in ("broken", "suspect") and row.hop.kind != "network":
        return None
    frame = element("rect", x=row.x, y=row.y, width=row.width, height=row.height, rx=10, class_="frame")
    return element("g", frame, class_=f"hop {row.hop.status}")


def _row(row: Row, anchors: t.Mapping[str, str], lost: tuple[str, ...]) -> Markup:
    return element(
        "g",
        element("title", f"{_wording.hop_name(row.hop)}: {_wording.HOP_WORDS[row.hop.status]}"),
        _tile(row),
        _texts(row, anchors),
        _counts(row, lost),
        class_=f"hop {row.hop.status}",
    )


def _tile(row: Row) -> Markup:
    """The symbol of a hop; a broken one has the cross in its place."""
    x, y, status = row.track - TILE / 2, row.tile_top, row.hop.status
    square = element("rect", x=x, y=y, width=TILE, height=TILE, rx=TILE / 2 if status == "broken" else 9, class_="tile")
    if status == "broken":
        return join(square, _symbol("cross", x + 5, y + 5, 24, "sign"))
    return join(square, _symbol(row.hop.kind, x + 6, y + 6, 22, "symbol"), _badge(x + TILE - 3, y + TILE - 4, status))


def _badge(x: float, y: float, status: str) -> Markup:
    circle = element("circle", cx=x, cy=y, r=8, class_="badge")
    if status == "ok":
        return join(circle, _symbol("check", x - 5.5, y - 5.5, 11, "badge-sign"))
    return join(circle, element("text", "!" if status == "suspect" else "?", x=x, y=y + 4, class_="badge-text"))


def _texts(row: Row, anchors: t.Mapping[str, str]) -> list[Markup]:
    x, y = row.text_left, row.y + 8
    found = []
    for lines, height, class_ in (
        (row.name, layout.NAME_LINE, "name"),
        (row.facts, layout.FACT_LINE, "fact"),
        (row.note, layout.NOTE_LINE, "note"),
    ):
        y += 4 if class_ == "note" and lines else 0
        for line in lines:
            y += height
            found.append(element("text", line, x=x, y=y, class_=class_))
    y += 4 if row.findings else 0
    for line, name in zip(row.findings, row.hop.findings):
        y += layout.FINDING_LINE
        found.append(_finding(line, anchors.get(name), x, y, row.hop.status))
    return found


def _finding(line: str, anchor: str | None, x: int, y: int, status: str) -> Markup:
    wide = round(text_width(line) * layout.FINDING_ADVANCE) + 16
    pill = join(
        element("rect", x=x, y=y - 13, width=wide, height=18, rx=9, class_="pill"),
        element("text", line, x=x + 8, y=y, class_="pill-text"),
    )
    return element("a", pill, href=anchor) if anchor else pill


def _counts(row: Row, lost: tuple[str, ...]) -> list[Markup]:
    """Packets seen, per direction; a dash where that direction was not captured."""
    if not _wording.hop_counts(row.hop):
        return []
    right, y = row.x + row.width - 12, row.y + 8 + layout.NAME_LINE
    return [
        _count("forward", row.hop.forward, "forward" in lost, right, y),
        _count("reply", row.hop.reply, "reply" in lost, right, y + layout.FACT_LINE),
    ]


def _count(word: str, number: int | None, is_lost: bool, x: int, y: int) -> Markup:
    state = "lost-count" if is_lost else "some-count" if number else "no-count"
    shown = element("tspan", _wording.count(number), class_=f"number {state}")
    return element("text", f"{word} ", shown, x=x, y=y, class_=f"count {word}")


# -- wires ---------------------------------------------------------------------------------------------------------
def _wire(placed: Layout, index: int, wire: Wire, travelling: str) -> list[Markup]:
    """The line from one row to the next: one lane along the way and, where that is known, one back."""
    here, there, turn = placed.rows[index], placed.rows[index + 1], placed.turns[index]
    found = [_lane(_points(here, there, turn, 1 if wire.back else 0), wire.along, travelling)]
    if wire.back:
        found.append(_lane(_points(here, there, turn, -1)[::-1], wire.back, "reply"))
    return found


_Point = tuple[float, float]


def _points(here: Row, there: Row, turn: str, side: int) -> list[_Point]:
    """The corners of a lane in travel order; `side` 1 is the right of it as seen by the traveller, -1 the left.

    A traveller going down has its right at the smaller x of the picture.
    """
    shift = side * _LANE
    if turn == "down":
        return [(here.track - shift, _bottom(here)), (there.track - shift, there.tile_top)]
    if turn == "up":
        return [(here.track + shift, here.tile_top), (there.track + shift, _bottom(there))]
    across = 1 if turn.endswith("below") else -1
    network, row = (there, here) if turn.startswith("into") else (here, there)
    middle = network.y + network.height / 2 + shift
    edge = _bottom(row) if across == 1 else row.tile_top
    if network is there:
        x = row.track - across * shift
        return [(x, edge), (x, middle), (network.x, middle)]
    x = row.track + across * shift
    return [(network.x + network.width, middle), (x, middle), (x, edge)]


def _bottom(row: Row) -> float:
    return row.tile_top + TILE


def _lane(points: list[_Point], state: str, direction: str) -> Markup:
    start = f"M{points[0][0]:g} {points[0][1]:g}"
    line = f"{start}L{points[1][0]:g} {points[1][1]:g}" if len(points) == 2 else start + _bend(*points)
    return element(
        "g",
        element("path", d=line, class_="wire"),
        _lost_sign(points) if state == LOST else None if state == IDLE else _arrow(points),
        class_=f"lane-{direction} {state}",
    )


def _bend(start: _Point, corner: _Point, end: _Point) -> str:
    """A line over a rounded corner."""
    before, after = _towards(corner, start, _CORNER), _towards(corner, end, _CORNER)
    return f"L{before[0]:g} {before[1]:g}Q{corner[0]:g} {corner[1]:g} {after[0]:g} {after[1]:g}L{end[0]:g} {end[1]:g}"


def _towards(origin: _Point, goal: _Point, distance: float) -> _Point:
    """The point so far from the origin on the way to the goal (horizontal or vertical), at most half way."""
    dx, dy = goal[0] - origin[0], goal[1] - origin[1]
    length = abs(dx) + abs(dy)
    share = min(distance, length / 2) / length if length else 0.0
    return (origin[0] + dx * share, origin[1] + dy * share)


def _longest(points: list[_Point]) -> tuple[_Point, _Point]:
    """The longest straight part of a lane: room for its sign."""
    return max(zip(points, points[1:]), key=lambda pair: abs(pair[0][0] - pair[1][0]) + abs(pair[0][1] - pair[1][1]))


def _arrow(points: list[_Point]) -> Markup:
    start, end = _longest(points)
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    angle = (90 if end[1] > start[1] else -90) if start[0] == end[0] else 0 if end[0] > start[0] else 180
    return element(
        "path", d="M-4 -4.5L5 0L-4 4.5z", class_="arrow", transform=f"translate({x:g} {y:g}) rotate({angle})"
    )


def _lost_sign(points: list[_Point]) -> Markup:
    start, end = _longest(points)
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    return element("path", d=f"M{x - 5:g} {y - 5:g}l10 10M{x + 5:g} {y - 5:g}l-10 10", class_="lost-sign")
