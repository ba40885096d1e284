# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel as judge: random configurations, packets really sent in throw-away namespaces, simulated and compared."""

from __future__ import annotations
