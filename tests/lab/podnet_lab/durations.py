# SPDX-License-Identifier: GPL-3.0-or-later
"""How long each thing took to build the last time on this machine."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .cache import Item
from .config import cache_directory


def _file() -> Path:
    return cache_directory() / "durations.json"


def read() -> dict[str, float]:
    """Seconds by what was built; empty when nothing was or the file cannot be read."""
    try:
        found = json.loads(_file().read_text(encoding="utf-8"))
        return {str(about): float(seconds) for about, seconds in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def remember(item: Item, seconds: float) -> None:
    """Write down how long something took. The builder's lock is held, so nobody else writes."""
    known = {**read(), item.about: round(seconds, 1)}
    fresh = _file().with_suffix(".new")
    fresh.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    os.replace(fresh, _file())
