# SPDX-License-Identifier: GPL-3.0-or-later
"""What a way to break something is called in a verdict."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Way:
    """The id that is expected, and those that may be as true: which one depends on what was drawn."""

    id: str
    also: tuple[str, ...]
