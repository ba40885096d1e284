# SPDX-License-Identifier: GPL-3.0-or-later
"""Two faults of files at once, by lot, and the first one's question: traffic says whether the second harms it too."""

from __future__ import annotations

import random
from dataclasses import replace

from ..context import Context
from ..errors import LabError
from ..faults import Fault
from ..made import Made
from ..traffic import asked
from ..truth import Truth
from .asked import fault_by_lot, make_to_bite
from .ears import ATTEMPTS


class Paired(Fault):
    """The second is made before the first, while what is asked for passes; so what it harms is seen by itself. One that
    harms nothing of the question must not be spoken of."""

    kind = "paired"

    def __init__(self, seed: int, number: int) -> None:
        dice = random.Random(f"{self.kind}.{seed}.{number}")
        self.first, name = _first(dice)
        self.second, other = fault_by_lot(dice)
        while other == name or not self.may_be_second(self.second):
            self.second, other = fault_by_lot(dice)
        self.modes = tuple(mode for mode in self.first.modes if mode in self.second.modes)
        self.settle_seconds = max(self.first.settle_seconds, self.second.settle_seconds)
        self.truth = self.first.truth
        self.about = f"{name}, and {other}"

    def may_be_second(self, fault: Fault) -> bool:
        """Whether it fits beside the first: one that has a single cause, or none."""
        return fault.truth.second is None

    def truth_now(self, lab: Context) -> Truth:
        """With the second fault's cause where it harms the same traffic."""
        truth = self.first.truth_now(lab)
        return replace(truth, second=self.second.truth_now(lab).causes[0]) if lab.names.known.get("both") else truth

    def prepare(self, lab: Context) -> None:
        """Make what both need."""
        self.second.prepare(lab)
        self.first.prepare(lab)

    def inject(self, lab: Context) -> None:
        """Make the second, see what it does to the first's traffic, and make the first."""
        make_to_bite(self.second, lab, self.settle_seconds)
        traffic = self.first.traffic or asked(self.first.truth)
        lost = ATTEMPTS - traffic.passed(lab, ATTEMPTS)
        if lost and self.second.harmless:
            raise LabError("Cannot say what is true: a harmless variation harms this traffic.")
        lab.names.known["both"] = "yes" if lost else ""
        self.first.inject(lab)

    def bites(self, lab: Context) -> bool:
        """Whether the first's traffic suffers."""
        return self.first.bites(lab)

    def heal(self, lab: Context) -> None:
        """Mend both."""
        self.first.heal(lab)
        self.second.heal(lab)
        lab.names.known.pop("both", None)

    def clear(self, lab: Context) -> None:
        """Take away what was made for both."""
        self.first.clear(lab)
        self.second.clear(lab)


class Beside(Paired):
    """A fault on a cluster that is odd in another way, which harms nobody: it must not be taken for the cause."""

    kind = "beside"

    def may_be_second(self, fault: Fault) -> bool:
        """Harmless variations only."""
        return fault.harmless


def _first(dice: random.Random) -> tuple[Made, str]:
    """One with a single cause, and traffic that passes before it is made."""
    while True:
        fault, name = fault_by_lot(dice)
        if not isinstance(fault, Made) or fault.born_broken or fault.harmless:
            continue
        if fault.truth.second is None:
            return fault, name
