# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Words that several statements share: lists of names, numbers, ages, paths."""

from __future__ import annotations

import typing as t

PATH_WORDS = {"host": "node", "endpoint": "pod"}
PROTOCOL_WORDS = {"icmp": "ICMP", "http": "HTTP"}
REASON_WORDS = {
    "timeout": "no answer",
    "refused": "connection refused",
    "no_route": "no route",
    "wrong_pod": "another pod answered",
    "bad_reply": "the answer made no sense",
    "error": "error",
    "not_probed": "not yet probed",
    "stale": "stale",
    "outdated": "not probed since the target pod was replaced",
}


def names(found: t.Sequence[str], most: int = 6) -> str:
    """A list of names; of a long one the beginning and how many more there are."""
    if not found:
        return "none"
    if len(found) == 1:
        return found[0]
    shown = list(found[:most])
    if len(found) > most:
        return f"{', '.join(shown)} and {len(found) - most} more"
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def plural(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def verb(number: int, one: str, many: str) -> str:
    """The form of a verb that goes with a number."""
    return one if number == 1 else many


def age(seconds: float | None) -> str:
    """An age in one unit that a person wants."""
    if seconds is None:
        return "never"
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 172800 else f"{seconds / 86400:.0f} days"


def old(youngest: float, oldest: float) -> str:
    """A range of ages."""
    return age(oldest) if age(youngest) == age(oldest) else f"{age(youngest)} to {age(oldest)}"
