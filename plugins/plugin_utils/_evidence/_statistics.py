# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What a count of lost packets says about the share that is lost: intervals and decisions. Pure arithmetic.

Intervals are exact (Clopper and Pearson, Biometrika 1934): they hold for small counts too, where the usual
approximations promise too much.
"""

from __future__ import annotations

import dataclasses
import math
import typing as t

CONFIDENCE = 0.95
# A share that no application notices; one packet in five hundred is no fault.
TOLERATED = 0.002
# How improbable a count has to be at the tolerated share before it is called loss.
ALPHA = 0.005
# Two shares differ when chance alone gives such a difference less often than this.
DIFFERENT = 0.001


@dataclasses.dataclass(frozen=True)
class Share:
    """lost of sent, and the interval that holds the true share with 95 % confidence."""

    lost: int
    sent: int
    low: float
    high: float

    def __str__(self) -> str:
        """ "7 of 150, 2 to 9 %"; "0 of 150: below 2 % (95 %)"; "nothing sent"."""
        if not self.sent:
            return "nothing sent"
        if not self.lost:
            return f"0 of {self.sent}: below {percent(self.high)} % (95 %)"
        return f"{self.lost} of {self.sent}, {percent(self.low)} to {percent(self.high)} %"


def percent(share: float) -> str:
    """A share as per cent for people: whole numbers where they are close enough, else one digit."""
    value = 100.0 * share
    return f"{value:.0f}" if value >= 1.5 or value == 0 else f"{value:.1f}"


def share(lost: int, sent: int) -> Share:
    """The interval for a count. Of nothing lost it is one-sided: all of the 5 % lie above."""
    lost, sent = max(0, min(lost, sent)), max(0, sent)
    if not sent:
        return Share(0, 0, 0.0, 1.0)
    tail = (1.0 - CONFIDENCE) / 2.0
    if not lost:
        return Share(0, sent, 0.0, 1.0 - (1.0 - CONFIDENCE) ** (1.0 / sent))
    if lost == sent:
        return Share(lost, sent, (1.0 - CONFIDENCE) ** (1.0 / sent), 1.0)
    low = _solve(lambda p: at_least(lost, sent, p) - tail, rising=True)
    high = _solve(lambda p: at_most(lost, sent, p) - tail, rising=False)
    return Share(lost, sent, low, high)


def at_most(count: int, sent: int, probability: float) -> float:
    """How probable it is that at most `count` of `sent` are lost."""
    if count < 0:
        return 0.0
    if count >= sent:
        return 1.0
    return min(1.0, math.fsum(_exactly(number, sent, probability) for number in range(count + 1)))


def at_least(count: int, sent: int, probability: float) -> float:
    """How probable it is that at least `count` of `sent` are lost."""
    if count <= 0:
        return 1.0
    if count > sent:
        return 0.0
    if count <= sent * probability:
        return max(0.0, 1.0 - at_most(count - 1, sent, probability))
    return min(1.0, math.fsum(_exactly(number, sent, probability) for number in range(count, sent + 1)))


def _exactly(count: int, sent: int, probability: float) -> float:
    if probability <= 0.0 or probability >= 1.0:
        return 1.0 if count == (0 if probability <= 0.0 else sent) else 0.0
    ways = math.lgamma(sent + 1) - math.lgamma(count + 1) - math.lgamma(sent - count + 1)
    return math.exp(ways + count * math.log(probability) + (sent - count) * math.log1p(-probability))


def _solve(function: t.Callable[[float], float], rising: bool) -> float:
    """Where a monotonic function of a probability is 0, by bisection."""
    low, high = 0.0, 1.0
    for _step in range(60):
        middle = (low + high) / 2.0
        if (function(middle) < 0.0) == rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def is_loss(lost: int, sent: int) -> bool:
    """Whether so many lost packets are more than chance at a share that nobody notices."""
    return 0 < lost <= sent and at_least(lost, sent, TOLERATED) < ALPHA


def differ(first_lost: int, first_sent: int, second_lost: int, second_sent: int) -> bool:
    """Whether two shares cannot be the same one (Fisher's exact test, two-sided by doubling)."""
    if not first_sent or not second_sent:
        return False
    lost, sent = first_lost + second_lost, first_sent + second_sent
    low, high = max(0, lost - second_sent), min(lost, first_sent)
    whole = _choose(sent, lost)
    chances = [
        math.exp(_choose(first_sent, number) + _choose(second_sent, lost - number) - whole)
        for number in range(low, high + 1)
    ]
    position = first_lost - low
    tail = min(math.fsum(chances[: position + 1]), math.fsum(chances[position:]))
    return 2.0 * tail < DIFFERENT


def _choose(of: int, count: int) -> float:
    """The logarithm of the number of ways."""
    return math.lgamma(of + 1) - math.lgamma(count + 1) - math.lgamma(of - count + 1)


def accounts_for(moved: int, lost: int, sent: int) -> bool:
    """Whether a counter that moved by `moved` can be what lost `lost` of `sent`: by as many, give or take the
    few packets
    that others sent meanwhile or that a retransmission doubled."""
    slack = max(2, math.ceil(0.15 * lost))
    return lost > 0 and lost <= moved <= lost + slack + (sent // 50)


def power(probability: float, first: int, second: int) -> float:
    """How probable it is that a share is found: something is lost among `first`, then the sum with `second` counts."""
    found = 0.0
    for lost in range(1, first + 1):
        chance = _exactly(lost, first, probability)
        if chance < 1e-12:
            continue
        missing = next((more for more in range(second + 1) if is_loss(lost + more, first + second)), None)
        if missing is not None:
            found += chance * at_least(missing, second, probability)
    return min(1.0, found)
