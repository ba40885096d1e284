# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that are drawn by lot: a conversation, a place on its way, a way to break it. Real traffic says what is true.

drawn-SEED-NUMBER is always the same fault. Whether it breaks anything is not known before: what is lost makes it a
fault, and what passes in spite of it a harmless variation, of which a diagnosis must not speak.
"""

from __future__ import annotations

from .fault import Drawn, drawn

__all__ = ["Drawn", "drawn"]
