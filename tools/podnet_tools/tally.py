# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Count tests: what a part of the checks did, and the sum."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.etree import ElementTree

from .process import say

# Between a test's name and the reason why it failed, of which so many characters are told.
REASON = " — "
_LONGEST = 240


@dataclass(frozen=True)
class Tally:
    """Numbers of tests, the names of those that failed, and of those that failed among others and passed alone.

    A name may have the reason behind it (REASON).
    """

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    names: tuple[str, ...] = field(default=(), compare=False)
    unsteady: tuple[str, ...] = field(default=(), compare=False)

    def __add__(self, other: Tally) -> Tally:
        numbers = (self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)
        return Tally(*numbers, self.names + other.names, self.unsteady + other.unsteady)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"

    @property
    def good(self) -> bool:
        """Whether nothing failed and anything was tested at all."""
        return not self.failed and self.passed > 0


PASSED = Tally(passed=1)
FAILED = Tally(failed=1)
SKIPPED = Tally(skipped=1)


def failed(name: str, reason: str = "") -> Tally:
    """One failure, with what it is called, and the beginning of why."""
    words = " ".join(reason.split())
    return Tally(failed=1, names=(f"{name}{REASON}{words[:_LONGEST]}" if words else name,))


def once_more(first: Tally, second: Tally) -> Tally:
    """The sum of a run and of another of what failed in it: what passed then is unsteady, and told so."""
    steady = {name.partition(REASON)[0] for name in second.names}
    unsteady = tuple(name for name in first.names if name.partition(REASON)[0] not in steady)
    numbers = (first.passed + second.passed, second.failed, first.skipped + second.skipped)
    return Tally(*numbers, second.names, first.unsteady + unsteady)


def read_junit(path: Path) -> Tally:
    """Count the test cases of a JUnit file; one that is not there or cannot be read counts nothing."""
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError):
        return Tally()
    total = Tally()
    for case in root.iter("testcase"):
        wrong = next((found for found in map(case.find, ("failure", "error")) if found is not None), None)
        if wrong is not None:
            total += failed(f"{case.get('classname', '')}::{case.get('name', '')}", wrong.get("message", ""))
        elif case.find("skipped") is not None:
            total += SKIPPED
        else:
            total += PASSED
    return total


def report(name: str, tally: Tally, seconds: float, output: str = "", note: str = "") -> Tally:
    """Show how one check went; what it wrote only if it failed. Returns the tally, with a name for what failed."""
    word = "FAILED" if tally.failed else "passed" if tally.passed else "skipped"
    say(f"  {word:8}{name} ({seconds:.1f} s){': ' + note if note else ''}")
    if tally.failed and output:
        for line in output.splitlines():
            say(f"      {line}")
    return tally if tally.names or not tally.failed else replace(tally, names=(name,))
