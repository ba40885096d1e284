# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that are drawn by lot: a conversation, a place on its way, a way to break it; or a fault of a file and a
conversation that it may harm. Real traffic says what is true.

drawn-SEED-NUMBER and asked-SEED-NUMBER are always the same fault. Whether it breaks anything is not known before: what
is lost makes it a fault, and what passes in spite of it a harmless variation, of which a diagnosis must not speak.
"""

from __future__ import annotations

from .asked import Asked, asked_otherwise
from .fault import Drawn, drawn

__all__ = ["Asked", "Drawn", "asked_otherwise", "drawn"]
