# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Where everything of the path's picture stands: pure arithmetic in the picture's own units (about one pixel each).

Two or three nodes stand side by side: the way leads down through the first, along the network beneath to the second and
up through it, along the network above to the third and down. One node, or more than three, are stacked.
"""

from __future__ import annotations

import dataclasses
import itertools

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report import _wording
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._content import Hop
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._path_model import Group, Picture
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._printable import (
    one_line,
    printable,
    shorten,
    wrap,
)

TILE = 34
HEADER = 38
_PAD = 12
_TEXT_LEFT = _PAD + TILE + 14
# A title stands beside the line of the path, which may leave its box at the top.
TITLE_LEFT = _PAD + _TEXT_LEFT
_GAP = 26
_WIDEST_GAP = 92
# Room between the line of a column and the network beside it.
_BESIDE = 48
# The widest of the usual fonts decide: what fits with them fits everywhere.
NAME_ADVANCE, FACT_ADVANCE, NOTE_ADVANCE, FINDING_ADVANCE = 8.5, 7.3, 7.3, 7.3
NAME_LINE, FACT_LINE, NOTE_LINE, FINDING_LINE = 18, 16, 16, 20
_COUNTS_WIDTH = 84


@dataclasses.dataclass(frozen=True)
class Row:
    """One hop, its texts broken into lines, and its place."""

    hop: Hop
    name: tuple[str, ...]
    facts: tuple[str, ...]
    note: tuple[str, ...]
    findings: tuple[str, ...]
    height: int
    x: int = 0
    y: int = 0
    width: int = 0

    @property
    def track(self) -> int:
        """Where the line of the path passes through the hop, horizontally."""
        return self.x + _PAD + TILE // 2

    @property
    def tile_top(self) -> int:
        """The top of the hop's symbol."""
        return self.y + 10

    @property
    def text_left(self) -> int:
        """Where the hop's text begins."""
        return self.x + _TEXT_LEFT


@dataclasses.dataclass(frozen=True)
class Box:
    """The frame of one group."""

    title: str
    is_node: bool
    x: int
    y: int
    width: int
    height: int


@dataclasses.dataclass(frozen=True)
class Layout:
    """The picture: rows in travel order; `turns[i]` is how the path goes from row i to row i + 1.

    A turn is "down" or "up", or with the network between two columns "into below" and "out of below" (or "above").
    """

    width: int
    height: int
    boxes: tuple[Box, ...]
    rows: tuple[Row, ...]
    turns: tuple[str, ...]


def arrange(picture: Picture) -> Layout:
    """Where the hops of a picture stand."""
    count = len(picture.groups)
    if count in (2, 3):
        return _side_by_side(picture, width=920 if count == 2 else 1120, gutter=40 if count == 2 else 28)
    return _stacked(picture, 620)


# -- one row -------------------------------------------------------------------------------------------------------
def measure(hop: Hop, width: int) -> Row:
    """The texts of a hop in lines that fit the width of its row."""
    wide = width - _TEXT_LEFT - _PAD
    narrow = wide - (_COUNTS_WIDTH if _wording.hop_counts(hop) else 0)
    name = _name(one_line(_wording.hop_name(hop)), int(narrow / NAME_ADVANCE))
    facts = _joined(_wording.hop_facts(hop), int(narrow / FACT_ADVANCE))
    note = wrap(printable(hop.note), int(wide / NOTE_ADVANCE), 4) if hop.note else []
    findings = [shorten(one_line(each), int((wide - 18) / FINDING_ADVANCE)) for each in hop.findings]
    height = 16 + len(name) * NAME_LINE + len(facts) * FACT_LINE
    height += 4 + len(note) * NOTE_LINE if note else 0
    height += 8 + len(findings) * FINDING_LINE if findings else 0
    shown = tuple(map(tuple, (name, facts, note, findings)))
    return Row(hop, shown[0], shown[1], shown[2], shown[3], max(height, TILE + 20), width=width)


def _name(text: str, columns: int) -> list[str]:
    """A name on two lines at most; of one that is too long both ends stay, for pods differ at the end."""
    for most in range(2 * columns, columns, -1):
        lines = wrap(shorten(text, most), columns)
        if len(lines) <= 2:
            return lines
    return [shorten(text, columns)]


def _joined(facts: tuple[str, ...], columns: int) -> list[str]:
    """Facts with a dot between them, as many to a line as fit."""
    lines: list[str] = []
    for fact in facts:
        text = shorten(one_line(fact), columns)
        if lines and len(lines[-1]) + len(text) + 3 <= columns:
            lines[-1] += f" · {text}"
        else:
            lines.append(text)
    return lines


# -- nodes side by side --------------------------------------------------------------------------------------------
def _side_by_side(picture: Picture, width: int, gutter: int) -> Layout:
    count = len(picture.groups)
    column = (width - gutter * (count - 1)) // count
    networks = [measure(hop, column + gutter - 2 * _BESIDE) for hop in picture.networks]
    columns = [[measure(hop, column - 2 * _PAD) for hop in group.hops] for group in picture.groups]
    above = networks[1].height + 30 if count == 3 else 0
    height = max(_natural_height(rows) for rows in columns)
    boxes, rows, turns = [], [], []
    for index, group in enumerate(picture.groups):
        x = index * (column + gutter)
        boxes.append(_box(group, x, above, column, height))
        upward = index % 2 == 1
        rows += _spread(columns[index], x + _PAD, above, height, upward)
        turns += ["up" if upward else "down"] * (len(columns[index]) - 1)
        if index < count - 1:
            left = rows[-1].track + _BESIDE
            top = 0 if upward else above + height + 30
            rows.append(dataclasses.replace(networks[index], x=left, y=top))
            side = "above" if upward else "below"
            turns += [f"into {side}", f"out of {side}"]
    return Layout(width, above + height + 30 + networks[0].height, tuple(boxes), tuple(rows), tuple(turns))


def _natural_height(rows: list[Row]) -> int:
    return HEADER + sum(row.height for row in rows) + _GAP * (len(rows) - 1) + 2 * _PAD


def _spread(rows: list[Row], x: int, y: int, height: int, upward: bool) -> list[Row]:
    """The rows of one column in travel order, set apart so that they fill it; what is left stays free at the start."""
    spare = height - _natural_height(rows)
    gap = min(_GAP + spare // max(1, len(rows) - 1), _WIDEST_GAP) if len(rows) > 1 else _GAP
    top = y + HEADER + _PAD
    if len(rows) > 1:
        top += spare - (gap - _GAP) * (len(rows) - 1)
    placed = []
    for row in reversed(rows) if upward else rows:
        placed.append(dataclasses.replace(row, x=x, y=top))
        top += row.height + gap
    return placed[::-1] if upward else placed


# -- nodes one above the other -------------------------------------------------------------------------------------
def _stacked(picture: Picture, width: int) -> Layout:
    boxes, rows = [], []
    y = 0
    for group, network in itertools.zip_longest(picture.groups, picture.networks):
        mine = [measure(hop, width - 2 * _PAD) for hop in group.hops]
        height = _natural_height(mine)
        boxes.append(_box(group, 0, y, width, height))
        rows += _spread(mine, _PAD, y, height, False)
        y += height
        if network is not None:
            crossed = measure(network, width - 2 * _PAD)
            rows.append(dataclasses.replace(crossed, x=_PAD, y=y + _GAP))
            y += crossed.height + 2 * _GAP
    return Layout(width, y, tuple(boxes), tuple(rows), ("down",) * (len(rows) - 1))


def _box(group: Group, x: int, y: int, width: int, height: int) -> Box:
    title = shorten(one_line(group.title), int((width - TITLE_LEFT - 74) / NAME_ADVANCE))
    return Box(title, group.is_node, x, y, width, height)
