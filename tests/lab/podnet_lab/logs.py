# SPDX-License-Identifier: GPL-3.0-or-later
"""What the programs of a lab wrote last, also of one that did not come up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .config import Lab

TAIL_BYTES = 65536


def last_lines(lab: Lab, count: int) -> Iterator[tuple[str, list[str]]]:
    """The last lines of each log that has any, by host and file; logs of pods are below pods/."""
    for host in sorted((lab.state / "hosts").glob("*")):
        directory = host / "data" / "log"
        for path in [host / "boot.log", *sorted(directory.rglob("*.log"))]:
            lines = _tail(path, count)
            if lines:
                name = path.name if path.parent == host else str(path.relative_to(directory))
                yield f"{host.name} {name}", lines


def _tail(path: Path, count: int) -> list[str]:
    try:
        with path.open("rb") as handle:
            handle.seek(max(path.stat().st_size - TAIL_BYTES, 0))
            text = handle.read().decode("utf-8", errors="replace")
    except OSError:
        return []
    return text.splitlines()[-count:] if count > 0 else []
