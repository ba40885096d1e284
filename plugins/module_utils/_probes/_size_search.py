# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Finding the largest packet that passes a path: several sizes at once, the gap narrowed round by round.

A failing size costs its time-out, so a round tries many sizes together: three rounds span an Ethernet MTU, where
halving would take ten. A router's "fragmentation needed" says the size itself; it and the next larger one are tried.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import JsonObject, Measured

PASSED = "reply"


@dataclasses.dataclass
class Trial:
    """What became of one size (bytes of IP packet). outcome: reply, no_reply, too_big_local, frag_needed.

    mtu and sender: from the ICMP error, or (too_big_local) what the kernel says. more: what a method adds.
    """

    size: int
    outcome: str = "no_reply"
    mtu: int | None = None
    sender: str | None = None
    rtt_ms: float | None = None
    tries: int = 0
    more: JsonObject = dataclasses.field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return self.outcome == PASSED

    def to_dict(self) -> JsonObject:
        return {
            "size": self.size,
            "outcome": self.outcome,
            "mtu": self.mtu,
            "from": self.sender,
            "rtt_ms": self.rtt_ms,
            "tries": self.tries,
            **self.more,
        }


TrySizes = t.Callable[[list[int]], list[Trial]]


class SizeSearch:
    """tried: every trial in order. largest: the largest size that passed. smallest_failed: the smallest above it."""

    def __init__(self, try_sizes: TrySizes, low: int, high: int, width: t.Callable[[], int]) -> None:
        """low and high: the sizes between which to search. width: how many may be tried at the same time now."""
        self._try_sizes = try_sizes
        self.low = low
        self.high = high
        self._width = width
        self.tried: list[Trial] = []

    @property
    def largest(self) -> int | None:
        return max((trial.size for trial in self.tried if trial.passed), default=None)

    @property
    def smallest_failed(self) -> int | None:
        largest = self.largest or 0
        return min((trial.size for trial in self.tried if not trial.passed and trial.size > largest), default=None)

    @property
    def silent_size(self) -> int | None:
        """The smallest failed size, when something passed and nobody said why that one did not."""
        silent = any(trial.size == self.smallest_failed and trial.outcome == "no_reply" for trial in self.tried)
        return self.smallest_failed if silent and self.largest is not None else None

    def run(self, floor: int) -> None:
        """Search. floor: a small size that tells "nothing passes" from "only less than low passes"."""
        self._round(sorted({min(floor, self.low), self.low, self.high}))
        self.narrow()

    def retry(self, size: int) -> bool:
        """Try a failed size once more; whether it passes after all, and narrow() has something to do again."""
        self._round([size])
        return self.tried[-1].passed

    def narrow(self) -> None:
        """Rounds between the largest size that passed and the next one that did not, until they are neighbours."""
        while self.largest is not None and self.smallest_failed is not None:
            sizes = self._next_sizes(self.largest, self.smallest_failed)
            if not sizes:
                return
            self._round(sizes)

    def _round(self, sizes: list[int]) -> None:
        if sizes:
            self.tried.extend(self._try_sizes(sizes))

    def _next_sizes(self, passed: int, failed: int) -> list[int]:
        """Sizes strictly between, spread evenly, and those that a router has named."""
        gap = failed - passed
        count = min(max(1, self._width()), gap - 1)
        spread = {passed + gap * number // (count + 1) for number in range(1, count + 1)}
        told = {size for trial in self.tried if trial.mtu for size in (trial.mtu, trial.mtu + 1)}
        return sorted((spread | told) & set(range(passed + 1, failed)))

    def failure(self) -> str:
        """The outcome that says why nothing larger passed; too_big_local where nothing larger could be sent."""
        if any(trial.outcome == "frag_needed" for trial in self.tried):
            return "frag_needed"
        return next((trial.outcome for trial in self.tried if trial.size == self.smallest_failed), "too_big_local")

    def settle(self, measured: Measured, enough: int) -> bool:
        """Put what was found into a measurement: pass when packets of that size pass. False when none passes at all."""
        measured.data.update(self.to_dict())
        largest = self.largest
        passes = largest is not None and largest >= enough
        measured.status = "pass" if passes else "fail"
        measured.outcome = PASSED if passes else self.failure()
        return largest is not None

    def to_dict(self) -> JsonObject:
        return {
            "largest": self.largest,
            "smallest_failed": self.smallest_failed,
            "tried": [trial.to_dict() for trial in self.tried],
        }
