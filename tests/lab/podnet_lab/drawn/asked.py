# SPDX-License-Identifier: GPL-3.0-or-later
"""A fault that has a file, and a question by lot: what is broken is known, and real traffic says whether that harms."""

from __future__ import annotations

import random
from dataclasses import replace

from ..changes import undo_all
from ..context import Context
from ..faults import Fault, find, known
from ..truth import DEFAULT_MODE, Truth
from .ears import ears
from .talks import TALKS, Talk


class Asked(Fault):
    """The fault's own question is not asked, but that of a talk. Where its traffic passes it is a harmless variation
    to it, whatever is broken elsewhere."""

    def __init__(self, seed: int, number: int) -> None:
        dice = random.Random(f"asked.{seed}.{number}")
        self.fault, name = fault_by_lot(dice)
        while self.fault.truth.second:  # a pair: which of the two harms another talk is not known
            self.fault, name = fault_by_lot(dice)
        self.talk: Talk = dice.choice(TALKS)
        self.modes = self.fault.modes
        self.settle_seconds = self.fault.settle_seconds
        self.truth = self._truth(self.fault.truth)
        self.ears = ears(self.talk, self.truth)
        self.about = f"{name}, asked from {self.talk.source} to {self.talk.destination} port {self.talk.port}"

    def _truth(self, fault: Truth) -> Truth:
        talk = self.talk
        return replace(
            fault, source=talk.source, destination=talk.destination, port=talk.port, protocol=talk.protocol
        )  # fmt: skip

    def truth_now(self, lab: Context) -> Truth:
        """With the fault's causes where real traffic showed harm."""
        truth = self._truth(self.fault.truth_now(lab))
        return truth if lab.names.known.get("harm") else replace(truth, id="", second=None)

    def prepare(self, lab: Context) -> None:
        """Make what the fault and the talk need."""
        self.fault.prepare(lab)
        for change in self.talk.scene:
            change.make(lab)

    def inject(self, lab: Context) -> None:
        """Make the fault, and let real traffic say whether it harms this talk."""
        make_to_bite(self.fault, lab, self.settle_seconds)
        lab.names.known["harm"] = "yes" if self.ears.lost(lab) else ""

    def bites(self, lab: Context) -> bool:
        """Whether the traffic suffers; once it was said, that stands."""
        if "harm" in lab.names.known:
            return bool(lab.names.known["harm"]) or not self.harmless
        return not self.ears.passes(lab)

    def heal(self, lab: Context) -> None:
        """Mend the fault."""
        self.fault.heal(lab)
        lab.names.known.pop("harm", None)

    def clear(self, lab: Context) -> None:
        """Take away what was made for both."""
        undo_all(lab, self.talk.scene)
        self.fault.clear(lab)


def make_to_bite(fault: Fault, lab: Context, seconds: float) -> None:
    """Make a fault, and wait until its own traffic suffers; that of a harmless variation passes."""
    fault.inject(lab)
    lab.wait_until(lambda: fault.bites(lab) != fault.harmless, "the fault bites", seconds)


def fault_by_lot(dice: random.Random) -> tuple[Fault, str]:
    """One that stays as it is, on the nodes that every lab has."""
    names = list(known())
    while True:
        name = dice.choice(names)
        fault = find(name)
        if DEFAULT_MODE in fault.modes and not fault.changes_pods:
            return fault, name
