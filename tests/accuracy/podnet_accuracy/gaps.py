# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known not to be right yet: one recording a line, with what was said instead."""

from __future__ import annotations

import typing as t
from pathlib import Path

from .live import Row

PATH = Path(__file__).resolve().parents[1] / "known_gaps.txt"
HEAD = (
    "# Recordings that are not diagnosed rightly yet: `python3 tests/accuracy/accuracy.py --recorded --write-gaps`.\n"
)


def known_gaps() -> dict[str, str]:
    """Recording (fault@mode) to what was wrong with it."""
    found = {}
    for text in PATH.read_text(encoding="utf-8").splitlines() if PATH.exists() else ():
        if text.strip() and not text.startswith("#"):
            name, _unused, why = text.partition(" ")
            found[name] = why.strip()
    return found


def write_gaps(rows: t.Iterable[Row]) -> int:
    """Write the list anew; how many there are."""
    lines = []
    for row in rows:
        told = row.judgement
        if told.right and not told.false_findings:
            continue
        proven = ", proven" if told.wrong_but_proven else ""
        also = f"; false findings: {', '.join(told.false_findings)}" if told.false_findings else ""
        said = told.said.strip().splitlines()[-1] if told.said.strip() else ""
        lines.append(f"{row.fault}@{row.mode} {told.outcome}{proven}: {said}{also}\n")
    PATH.write_text(HEAD + "".join(sorted(lines)), encoding="utf-8")
    return len(lines)
