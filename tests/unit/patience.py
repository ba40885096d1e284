# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bounds of tests on a machine that others use, too."""

from __future__ import annotations

import os


def patience(seconds: float) -> float:
    """A bound for a machine that has nothing else to do, as it is now: with so many who want each processor."""
    return round(seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)), 1)
