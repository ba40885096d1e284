# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table: a line for each fault, and the sums that count."""

from __future__ import annotations

import typing as t

from .judge import ERROR, INCONCLUSIVE, SILENT
from .live import Row


def line(row: Row) -> str:
    """One fault in one line, and below it what was wrong."""
    told = row.judgement
    name = f"{row.fault}@{row.mode}"
    if told.outcome == ERROR:
        return f"{name:44} {ERROR}: {told.said}" + "".join(f"\n    LEFT {one}" for one in row.left[:8])
    text = f"{name:44} {told.outcome:13} {told.confidence or '-':9} {row.seconds:5.1f} s  {told.said}"
    if told.where:
        text += f" ({told.where})"
    if not told.right:
        for cause in row.causes:
            place = ", ".join(f"{key} {value}" for key, value in sorted(cause.location.items()))
            text += f"\n    true: {cause.id} ({place})"
    if told.false_findings:
        text += f"\n    false findings: {', '.join(told.false_findings)}"
    if told.disagreements:
        text += f"\n    disagreements of probes and simulation: {told.disagreements}"
    if row.size:
        text += f"\n    recorded, {row.size / 1000:.0f} kB"
    return text + "".join(f"\n    LEFT {one}" for one in row.left[:8])


def summary(rows: t.Sequence[Row]) -> str:
    """The sums over faults, and over harmless variations."""
    faults = [row for row in rows if row.causes]
    harmless = [row for row in rows if not row.causes]
    right = [row for row in faults if row.judgement.right]
    proven = [row for row in right if row.judgement.confidence == "proven"]
    silent = [row for row in harmless if row.judgement.right and not row.judgement.false_findings]
    seconds = sorted(row.seconds for row in rows if row.seconds)

    def count(*outcomes: str) -> int:
        return sum(row.judgement.outcome in outcomes for row in faults)

    lines = [
        f"right cause and place     {len(right)} of {len(faults)} ({len(proven)} proven)",
        f"inconclusive              {count(INCONCLUSIVE)}",
        f"said healthy              {count(SILENT)}",
        f"no verdict                {sum(row.judgement.outcome == ERROR for row in rows)}",
        f"wrong cause or place      {count('wrong cause', 'wrong place')}",
        f"wrong, but called proven  {sum(row.judgement.wrong_but_proven for row in rows)}",
        f"false findings            {sum(len(row.judgement.false_findings) for row in rows)}",
        f"harmless, silent          {len(silent)} of {len(harmless)}",
        f"disagreements             {sum(row.judgement.disagreements for row in rows)}",
        f"not healed completely     {sum(bool(row.left) for row in rows)}",
    ]
    if seconds:
        lines.append(f"seconds, median and worst {seconds[len(seconds) // 2]:.1f} and {seconds[-1]:.1f}")
    return "\n".join(lines)
