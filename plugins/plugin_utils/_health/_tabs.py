# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Columns as Go's text/tabwriter aligns them, which is what cilium-health prints through.

A cell ends with a tab; what follows a line's last tab belongs to no column. A column is a run of consecutive lines that
have such a cell; it is as wide as its widest cell, plus the padding (https://pkg.go.dev/text/tabwriter).
"""

from __future__ import annotations

import typing as t

PADDING = 3
_NARROWEST = 2


def align(lines: t.Sequence[str], padding: int = PADDING) -> list[str]:
    """The lines with their tabs replaced by spaces."""
    cells = [line.split("\t") for line in lines]
    return ["".join(parts) for parts in _aligned(cells, 0, padding)]


def _aligned(rows: t.Sequence[list[str]], column: int, padding: int) -> list[list[str]]:
    """Pad one column of consecutive rows, then the next one within each run of rows that have it."""
    done: list[list[str]] = []
    start = 0
    while start < len(rows):
        end = start
        while end < len(rows) and len(rows[end]) > column + 1:
            end += 1
        if end == start:
            done.append(rows[start])
            start += 1
            continue
        width = max(_NARROWEST, max(len(row[column]) for row in rows[start:end]) + padding)
        padded = [[*row[:column], row[column].ljust(width), *row[column + 1 :]] for row in rows[start:end]]
        done += _aligned(padded, column + 1, padding)
        start = end
    return done
