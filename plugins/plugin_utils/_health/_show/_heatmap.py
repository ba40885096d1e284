# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The matrix as pictures: a table with a sign in every cell, and for many nodes one drawing of all of it.

Every state has a sign or a pattern of its own, so that nothing rests on colour. Rows are the asking nodes, columns
those that are asked for.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._statistics import share
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._paths import (
    DOWN,
    GOOD,
    HTTP,
    ICMP,
    link,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import (
    FAILED,
    OK,
    Matrix,
    Probe,
    Sighting,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._wording import (
    PATH_WORDS,
    PROTOCOL_WORDS,
    REASON_WORDS,
    age,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._markup import Markup, element
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._printable import one_line, shorten

STALE, NEVER, SILENT = "stale", "never", "silent"
# State → sign, what it means.
SIGNS: dict[str, tuple[str, str]] = {
    GOOD: ("✓", "ICMP and HTTP pass"),
    DOWN: ("✕", "nothing comes back"),
    HTTP: ("H", "packets come back, HTTP fails"),
    ICMP: ("i", "HTTP passes, ICMP is filtered"),
    STALE: ("~", "the last result is too old to count"),
    NEVER: ("·", "not yet probed"),
    SILENT: ("–", "the asking node's agent gave no answer"),
}
# In tables up to so many nodes the time of an answer stands beside its sign.
_WITH_TIMES = 12
_LONGEST_NAME = 28
# Above so many columns the cells are small.
_WIDE = 24
# An attribute of markup is cut at 8000 characters.
_LONGEST_DATA = 7000
_DIGITS = re.compile(r"(\d+)")


def natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts node-2 before node-10."""
    return [(int(part), "") if part.isdigit() and len(part) < 20 else (-1, part) for part in _DIGITS.split(name)]


def state(matrix: Matrix, source: str, destination: str, path: str) -> str:
    """The state of one cell."""
    sighting = matrix.seen.get((source, destination))
    if sighting is None:
        answer = matrix.answers.get(source)
        return NEVER if answer and answer.report else SILENT
    word = link(sighting, path)
    if word in SIGNS:
        return word
    reasons = {probe.reason for address in sighting.path(path) for _protocol, probe in address.probes()}
    return STALE if reasons & {"stale", "outdated"} else NEVER


def table(
    matrix: Matrix, path: str, rows: t.Sequence[str], columns: t.Sequence[str], title: str, caption: str = ""
) -> Markup:
    """A table with one cell for each pair; it scrolls by itself where the page is narrow."""
    timed = len(columns) <= _WITH_TIMES
    head = element(
        "tr",
        element("th", "from ↓ to →", class_="corner", scope="col"),
        [element("th", element("span", _short(name)), scope="col", title=name, class_="column") for name in columns],
    )
    body = [
        element(
            "tr",
            element("th", _short(name), scope="row", title=name),
            [_cell(matrix, path, name, other, timed) for other in columns],
        )
        for name in rows
    ]
    content = element(
        "table",
        element("caption", caption) if caption else None,
        element("thead", head),
        element("tbody", body),
        class_=f"heat{' timed' if timed else ' dense' if len(columns) > _WIDE else ''}",
    )
    return element("div", content, class_="scroll", tabindex="0", role="region", aria_label=title)


def _cell(matrix: Matrix, path: str, source: str, destination: str, timed: bool) -> Markup:
    word = state(matrix, source, destination, path)
    sighting = matrix.seen.get((source, destination))
    told = f"{source} → {destination} ({PATH_WORDS[path]}): {SIGNS[word][1]}{_details(sighting, path)}"
    time = (_lost(sighting, path) or (_time(sighting, path) if timed else "")) if sighting else ""
    own = " own" if source == destination else ""
    return element(
        "td", SIGNS[word][0], element("small", f" {time}") if time else None, class_=f"c {word}{own}", title=told
    )


def _details(sighting: Sighting | None, path: str) -> str:
    parts = []
    for address in sighting.path(path) if sighting else ():
        for protocol, probe in address.probes():
            parts.append(f"{PROTOCOL_WORDS[protocol]} {address.ip}: {_said(probe)}")
    return f" — {'; '.join(parts)}" if parts else ""


def _said(probe: Probe) -> str:
    if probe.state == OK:
        time = f", {probe.latency / 1e6:.2f} ms" if probe.latency is not None else ""
        lost = f", {share(probe.lost, probe.sent)} lost" if probe.sent else ""
        return f"ok{time}{lost}, {age(probe.age)} ago"
    if probe.state == FAILED:
        return f"{one_line(probe.status)}, {age(probe.age)} ago"
    return REASON_WORDS.get(probe.reason, probe.reason)


def _time(sighting: Sighting, path: str) -> str:
    """The time of the slowest good answer, in milliseconds."""
    found = [
        probe.latency
        for address in sighting.path(path)
        for _protocol, probe in address.probes()
        if probe.state == OK and probe.latency is not None
    ]
    return f"{max(found) / 1e6:.1f}" if found else ""


def _lost(sighting: Sighting, path: str) -> str:
    """The largest share of a burst that was lost, as it stands in a cell; empty where all was answered."""
    shares = [
        probe.lost / probe.sent
        for address in sighting.path(path)
        for _protocol, probe in address.probes()
        if probe.state == OK and probe.lost
    ]
    return f"-{100 * max(shares):.0f} %" if shares else ""


def _short(name: str) -> str:
    return shorten(one_line(name), _LONGEST_NAME)


def legend() -> Markup:
    """What the signs mean."""
    items = [
        element("li", element("span", sign, class_=f"c {word}", aria_hidden="true"), f" {meaning}")
        for word, (sign, meaning) in SIGNS.items()
    ]
    return element("ul", items, class_="heat-legend")


# -- many nodes ----------------------------------------------------------------------------------------------------
@dataclasses.dataclass
class _Runs:
    """Rectangles of one state as an SVG path; neighbours in a row are one rectangle."""

    data: list[str] = dataclasses.field(default_factory=list)

    def add(self, x: int, y: int, length: int) -> None:
        self.data.append(f"M{x} {y}h{length}v1h-{length}z")

    def pieces(self) -> t.Iterator[str]:
        """The path in pieces that fit into an attribute."""
        piece: list[str] = []
        length = 0
        for part in self.data:
            if length + len(part) > _LONGEST_DATA:
                yield "".join(piece)
                piece, length = [], 0
            piece.append(part)
            length += len(part)
        yield "".join(piece)


def drawing(matrix: Matrix, path: str, order: t.Sequence[str]) -> Markup:
    """All pairs as one picture, one small square each; a failure is drawn larger, so that one of a million is seen."""
    size = len(order)
    runs: dict[str, _Runs] = {}
    position = {name: index for index, name in enumerate(order)}
    by_source: dict[str, list[str]] = {}
    for source, destination in matrix.seen:
        by_source.setdefault(source, []).append(destination)
    for y, source in enumerate(order):
        if source not in by_source:
            answer = matrix.answers.get(source)
            if not (answer and answer.report):
                runs.setdefault(SILENT, _Runs()).add(0, y, size)
            continue
        _row(
            matrix,
            path,
            source,
            y,
            sorted(position[name] for name in by_source[source] if name in position),
            order,
            runs,
        )
    mark = max(0.0, size / 250)
    shapes = [
        element("path", d=data, class_=f"p-{word}", stroke_width=mark if word in (DOWN, HTTP) else None)
        for word in (SILENT, STALE, GOOD, ICMP, HTTP, DOWN)
        if word in runs
        for data in runs[word].pieces()
    ]
    lines = [
        element("path", d=f"M{index} 0v{size}M0 {index}h{size}", class_="border", stroke_width=max(0.1, size / 800))
        for index in _borders(matrix, order)
    ]
    return element(
        "svg",
        shapes,
        lines,
        viewBox=f"0 0 {size} {size}",
        class_="heat-drawing",
        role="img",
        aria_label=f"All pairs, from top to bottom to left to right: paths to {PATH_WORDS[path]}s",
    )


def _row(
    matrix: Matrix,
    path: str,
    source: str,
    y: int,
    columns: t.Sequence[int],
    order: t.Sequence[str],
    runs: dict[str, _Runs],
) -> None:
    start, length, last = 0, 0, ""
    for x in columns:
        word = state(matrix, source, order[x], path)
        if word == last and x == start + length:
            length += 1
            continue
        if last and last != NEVER:
            runs.setdefault(last, _Runs()).add(start, y, length)
        start, length, last = x, 1, word
    if last and last != NEVER:
        runs.setdefault(last, _Runs()).add(start, y, length)


def _borders(matrix: Matrix, order: t.Sequence[str]) -> t.Iterator[int]:
    """Where one zone ends and the next begins."""
    for index in range(1, len(order)):
        if matrix.nodes[order[index]].zone != matrix.nodes[order[index - 1]].zone:
            yield index
