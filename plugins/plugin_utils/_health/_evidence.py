# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The cells that support a statement, the most telling first."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import FAILED, PATHS, Matrix, Pair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._types import MOST_EVIDENCE, Cell


def cells(
    matrix: Matrix,
    pairs: t.Iterable[Pair],
    paths: t.Sequence[str] = PATHS,
    state: str = FAILED,
    protocols: t.Sequence[str] = ("icmp", "http"),
) -> list[Cell]:
    """Every probe of these pairs that has the state."""
    found = []
    for source, destination in pairs:
        sighting = matrix.seen.get((source, destination))
        if sighting is None:
            continue
        for path, address, protocol, probe in sighting.probes():
            if path in paths and protocol in protocols and probe.state == state:
                found.append(Cell(source, destination, path, protocol, address.ip, probe))
    return found


def shortened(found: t.Sequence[Cell]) -> tuple[Cell, ...]:
    """A few cells of many: one of each pair, path and protocol in turn, so that all kinds are there."""
    by_kind: dict[tuple[str, str], list[Cell]] = {}
    for cell in found:
        by_kind.setdefault((cell.path, cell.protocol), []).append(cell)
    chosen: list[Cell] = []
    turn = 0
    while len(chosen) < min(MOST_EVIDENCE, len(found)):
        for group in by_kind.values():
            if turn < len(group) and len(chosen) < MOST_EVIDENCE:
                chosen.append(group[turn])
        turn += 1
    return tuple(chosen)
