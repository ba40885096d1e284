# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Which few faults explain which paths are down: a node, the border between two zones, everything, or single pairs.

Pure set logic on one kind of path. A node is named only when at least two others tell on it that are themselves proven
to work, so that nobody is blamed for the fault of the one who asks.
"""

from __future__ import annotations

import dataclasses
import typing as t

Pair = tuple[str, str]
# With so many witnesses one in five may disagree.
_MANY = 5
_MOST = 0.8
_NEARLY_ALL = 0.9
_WITNESSES = 2


@dataclasses.dataclass(frozen=True)
class Explanation:
    """columns: nodes that cannot be reached; rows: nodes that reach nobody; borders: (from zone, to zone) with nothing
    between them; pairs: what is left; everywhere: (nearly) every pair is down, so that no place can be named.
    """

    columns: frozenset[str] = frozenset()
    rows: frozenset[str] = frozenset()
    borders: tuple[tuple[str, str], ...] = ()
    pairs: tuple[Pair, ...] = ()
    everywhere: bool = False


def explain(known: t.Mapping[Pair, bool], zones: t.Mapping[str, str]) -> Explanation:
    """known: whether a pair (from, to) is down; zones: the zone of each node ("" where it has none)."""
    bad = {pair for pair, down in known.items() if down}
    if not bad:
        return Explanation()
    sources = {source for source, _destination in known}
    if len(sources) >= 3 and len(bad) >= _NEARLY_ALL * len(known):
        return Explanation(everywhere=True)
    search = _Search(known, bad)
    search.name_nodes(1.0, _WITNESSES)
    borders = search.name_borders(zones)
    search.name_nodes(_MOST, _MANY)
    return Explanation(frozenset(search.columns), frozenset(search.rows), tuple(borders), tuple(sorted(search.left)))


class _Search:
    """Takes the fault that explains most, again and again."""

    def __init__(self, known: t.Mapping[Pair, bool], bad: t.AbstractSet[Pair]) -> None:
        self._known = known
        self.left = set(bad)
        self.columns: set[str] = set()
        self.rows: set[str] = set()
        self._to: dict[str, list[str]] = {}
        self._from: dict[str, list[str]] = {}
        self._reaches: dict[str, set[str]] = {}
        self._reached_by: dict[str, set[str]] = {}
        for source, destination in known:
            self._to.setdefault(destination, []).append(source)
            self._from.setdefault(source, []).append(destination)
            if not known[source, destination]:
                self._reaches.setdefault(source, set()).add(destination)
                self._reached_by.setdefault(destination, set()).add(source)

    def name_nodes(self, share: float, witnesses: int) -> None:
        """Name nodes whose whole column or row is down by the word of sound witnesses, the worst first."""
        while self.left:
            found = []
            for name in {end for pair in self.left for end in pair}:
                column = self._column(name, share, witnesses)
                row = self._row(name, share, witnesses)
                if column or row:
                    found.append((len(column) + len(row), name, column, row))
            if not found:
                return
            _count, name, column, row = max(found, key=lambda each: (each[0], each[1]))
            if column:
                self.columns.add(name)
            if row:
                self.rows.add(name)
            self.left -= column | row

    def _column(self, name: str, share: float, witnesses: int) -> set[Pair]:
        """The pairs that lead to a node which nobody reaches. A witness is sound if it reaches somebody else."""
        sound = [source for source in self._to.get(name, ()) if self._reaches.get(source, set()) - {name}]
        pairs = {(source, name) for source in sound}
        if len(pairs) < witnesses or len(pairs & self.left) < share * len(pairs):
            return set()
        return {(source, name) for source in self._to[name]} & self.left

    def _row(self, name: str, share: float, witnesses: int) -> set[Pair]:
        """The pairs that come from a node which reaches nobody. A destination counts if somebody else reaches it."""
        sound = [other for other in self._from.get(name, ()) if self._reached_by.get(other, set()) - {name}]
        pairs = {(name, other) for other in sound}
        if len(pairs) < witnesses or len(pairs & self.left) < share * len(pairs):
            return set()
        return {(name, other) for other in self._from[name]} & self.left

    def name_borders(self, zones: t.Mapping[str, str]) -> list[tuple[str, str]]:
        """Name zones between which nothing passes. Within each the network has to work where that is known."""
        across: dict[tuple[str, str], list[Pair]] = {}
        for source, destination in self._known:
            border = (zones.get(source, ""), zones.get(destination, ""))
            if all(border):
                across.setdefault(border, []).append((source, destination))
        found = []
        for border in sorted(across):
            pairs = across[border]
            down = [pair for pair in pairs if pair in self.left]
            if border[0] == border[1] or len(down) < 2 or len(down) < _NEARLY_ALL * len(pairs):
                continue
            inside = [pair for zone in set(border) for pair in across.get((zone, zone), ())]
            if inside and sum(self._known[pair] for pair in inside) > len(inside) / 2:
                continue
            found.append(border)
            self.left -= set(down)
        return found
