# SPDX-License-Identifier: GPL-3.0-or-later
"""Between two changes: what the first of them has to bring about before the second comes."""

from __future__ import annotations

from dataclasses import dataclass

from .changes import Change
from .context import Context
from .traffic import Traffic


@dataclass(frozen=True)
class Fails(Change):
    """Nothing is changed: wait until the traffic does not pass any more."""

    traffic: Traffic

    def make(self, lab: Context) -> None:
        """Await it."""
        lab.wait_until(lambda: self.traffic.passed(lab, 1) == 0, f"{self.traffic.host} does not answer", 30)

    def undo(self, lab: Context) -> None:
        """There is nothing to take back."""


@dataclass(frozen=True)
class Passes(Change):
    """Nothing is changed: wait until the traffic passes."""

    traffic: Traffic

    def make(self, lab: Context) -> None:
        """Await it."""
        lab.wait_until(lambda: self.traffic.passed(lab, 1) == 1, f"{self.traffic.host} answers", 60)

    def undo(self, lab: Context) -> None:
        """There is nothing to take back."""
