# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults and harmless variations that consist of changes: what most fault files are."""

from __future__ import annotations

from .changes import Change, undo_all
from .context import Context
from .faults import Fault
from .traffic import Traffic, asked


class Made(Fault):
    """A fault made of changes, whose question is the traffic that suffers.

    scene is made before and works; changes break it. Of `attempts` of the traffic at least the first number of `lost`
    and at most the second fail. born_broken: the changes are whole objects that never worked; healed means that they
    are gone.
    """

    scene: tuple[Change, ...] = ()
    changes: tuple[Change, ...] = ()
    traffic: Traffic | None = None
    attempts = 3
    lost: tuple[int, int] | None = None
    born_broken = False

    def prepare(self, lab: Context) -> None:
        """Make the scene."""
        for change in self.scene:
            change.make(lab)

    def inject(self, lab: Context) -> None:
        """Make the changes in their order."""
        for change in self.changes:
            change.make(lab)
        lab.names.known["injected"] = "yes"

    def bites(self, lab: Context) -> bool:
        """Whether the traffic suffers."""
        if self.born_broken and "injected" not in lab.names.known:
            return False
        failed = self.attempts - (self.traffic or asked(self.truth)).passed(lab, self.attempts)
        if "injected" not in lab.names.known:
            return failed > 0
        if self.harmless:
            return failed > 0
        least, most = self.lost or (self.attempts, self.attempts)
        return least <= failed <= most

    def heal(self, lab: Context) -> None:
        """Undo the changes, the last one first."""
        undo_all(lab, self.changes)
        lab.names.known.pop("injected", None)

    def clear(self, lab: Context) -> None:
        """Take the scene away."""
        undo_all(lab, self.scene)
