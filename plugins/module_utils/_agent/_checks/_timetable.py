# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""When each check is due: pure, for any clock.

A check has its own place in the period, by the hash of its name: load is flat, and a check keeps its rhythm whatever
else comes and goes. A little jitter keeps it from beating in time with something else that is periodic.
"""

from __future__ import annotations

import dataclasses
import hashlib
import heapq
import math
import random

# A program needs some time before it can begin, and yet every check is to have a result within a period: in the first
# period
# those at its end come early. Parts of a period; EARLY is more than a half, so that the next place counts.
FIRST = 0.9
EARLY = 0.55


def phase(name: str, period: float) -> float:
    """The place of a name in the period, in seconds from 0; the same in every process."""
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2.0**64 * period


@dataclasses.dataclass
class _Entry:
    name: str
    phase: float
    due: float = 0.0
    paused: bool = False
    version: int = 0


class Timetable:
    """Who is due when. period: seconds; jitter: at most this part of it, either way."""

    def __init__(self, period: float, jitter: float, rng: random.Random | None = None) -> None:
        if period <= 0 or not 0 <= jitter < 0.5:
            raise ValueError(f"Cannot schedule with period {period:g} and jitter {jitter:g}")
        self._period = period
        self._jitter = jitter
        self._random = rng or random.Random()
        self._entries: dict[str, _Entry] = {}
        # (due, version, name): an entry whose version has moved on since is passed over.
        self._heap: list[tuple[float, int, str]] = []
        self._version = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def names(self) -> set[str]:
        return set(self._entries)

    @property
    def paused(self) -> int:
        return sum(entry.paused for entry in self._entries.values())

    def add(self, name: str, now: float) -> None:
        """Due within one period from now, then once in each. One that is here already stays as it is."""
        if name in self._entries:
            return
        entry = self._entries[name] = _Entry(name, phase(name, self._period))
        self._begin(entry, now)

    def remove(self, name: str) -> None:
        self._entries.pop(name, None)
        self._tidy()

    def pause(self, name: str) -> None:
        """Not due until it is resumed."""
        entry = self._entries.get(name)
        if entry is not None:
            entry.paused = True
            entry.version = -1

    def resume(self, name: str, now: float) -> None:
        """As when it was added."""
        entry = self._entries.get(name)
        if entry is not None and entry.paused:
            entry.paused = False
            self._begin(entry, now)

    def next_due(self) -> float | None:
        """The earliest moment at which something is due."""
        while self._heap:
            due, version, name = self._heap[0]
            entry = self._entries.get(name)
            if entry is not None and entry.version == version:
                return due
            heapq.heappop(self._heap)
        return None

    def take(self, now: float) -> list[tuple[str, float]]:
        """Everything that is due by now, the earliest first, with the moment at which it was. Each has its next moment
        then, at
        least half a period from now: what nobody asked for in time is left out."""
        taken: list[tuple[str, float]] = []
        due = self.next_due()
        while due is not None and due <= now:
            entry = self._entries[heapq.heappop(self._heap)[2]]
            taken.append((entry.name, due))
            self._put(entry, math.floor((now - entry.phase) / self._period + 0.5) + 1, now)
            due = self.next_due()
        return taken

    def _begin(self, entry: _Entry, now: float) -> None:
        self._put(entry, math.ceil((now - entry.phase) / self._period), now)
        if entry.due > now + FIRST * self._period:
            # Between two of its places, so that those that come early do not come together.
            entry.due -= EARLY * self._period
            self._push(entry)

    def _put(self, entry: _Entry, slot: int, now: float) -> None:
        shift = self._random.uniform(-self._jitter, self._jitter) * self._period
        entry.due = max(now, slot * self._period + entry.phase + shift)
        self._push(entry)

    def _push(self, entry: _Entry) -> None:
        self._version += 1
        entry.version = self._version
        heapq.heappush(self._heap, (entry.due, entry.version, entry.name))
        self._tidy()

    def _tidy(self) -> None:
        """Forget what was removed or moved, before it is more than what is here."""
        if len(self._heap) > 2 * len(self._entries) + 64:
            self._heap = [item for item in self._heap if self._entries.get(item[2], _GONE).version == item[1]]
            heapq.heapify(self._heap)


_GONE = _Entry("", 0.0, version=-2)
