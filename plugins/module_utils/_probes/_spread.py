# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""How times are distributed, in a few numbers: the middle, the slow ones and the extremes."""

from __future__ import annotations

import typing as t


def spread(times: t.Sequence[float]) -> dict[str, float] | None:
    """min, median, p90, p99 and max in the unit of the times; None without any."""
    if not times:
        return None
    ordered = sorted(times)

    def at(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    return {"min": ordered[0], "median": at(0.5), "p90": at(0.9), "p99": at(0.99), "max": ordered[-1]}
