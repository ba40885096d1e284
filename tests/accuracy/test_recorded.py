# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every recorded run of a fault, analysed again: the true cause at the true place, and nothing else."""

from __future__ import annotations

import pytest
from podnet_accuracy.again import one
from podnet_accuracy.gaps import known_gaps
from podnet_accuracy.recording import recordings, what_of
from podnet_accuracy.table import line

RECORDED = [what_of(path) for path in recordings()]
GAPS = known_gaps()


@pytest.mark.parametrize("what", RECORDED, ids=["@".join(what) for what in RECORDED])
def test_recorded(what: tuple[str, str]) -> None:
    """A gap that is closed has to leave the list of gaps, so the list only shrinks."""
    row = one(what)
    told = row.judgement
    right = told.right and not told.false_findings
    gap = GAPS.get("@".join(what))
    if gap is None:
        assert right, line(row)
        return
    assert not right, f"{line(row)}\nIt is right now: remove it from tests/accuracy/known_gaps.txt."
    pytest.xfail(gap)
