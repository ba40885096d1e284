# SPDX-License-Identifier: GPL-3.0-or-later
"""One fault by lot."""

from __future__ import annotations

import random
from collections.abc import Callable

from ..changes import Change, undo_all
from ..context import Context
from ..errors import LabError
from ..made import Made
from ..truth import MODES, Cause, Truth
from . import filters, objects, places, routing, sets, tunnel
from .ears import ATTEMPTS, ears
from .packets import Side, side
from .talks import TALKS
from .ways import Way

WAYS: tuple[Callable[[random.Random, Side], tuple[Way, tuple[Change, ...]]], ...] = (
    filters.iptables_drop,
    filters.iptables_drop,
    filters.iptables_drop,
    filters.nft_drop,
    filters.nft_drop,
    filters.nft_drop,
    filters.rewrite,
    filters.rewrite,
    sets.ipset_drop,
    sets.nft_map,
    sets.nft_map,
    sets.nft_rewrite,
    routing.route,
    routing.route,
    routing.route_attributes,
    routing.policy_rule,
    routing.policy_rule,
    routing.neighbour,
    routing.setting,
    routing.link,
    routing.size,
    places.address,
    places.bridge_port,
    places.program,
    places.queue,
    tunnel.tunnel,
    objects.objects,
)
MANY, TOGETHER = 1000, 3


class Drawn(Made):
    """What was drawn; once it is made, real traffic has said whether it breaks anything.

    From number MANY on, several things are changed at once, each at a place of its own lot: which of them break
    anything is tried one by one before. More than two would be more than a truth can say.
    """

    modes = tuple(mode for mode in MODES if mode != "three")
    attempts = ATTEMPTS
    settle_seconds = 60.0

    def __init__(self, seed: int, number: int) -> None:
        dice = random.Random(f"{seed}.{number}")
        self.talk = dice.choice(TALKS)
        self.parts = tuple(self._part(dice, index) for index in range(1 if number < MANY else TOGETHER))
        self.changes = tuple(change for _cause, changes in self.parts for change in changes)
        self.scene = self.talk.scene
        self.about = f"drawn: {self.changes}"
        self.truth = self._truth([cause for cause, _changes in self.parts][:1])
        self.ears = ears(self.talk, self.truth)
        self.traffic = self.ears.traffic

    def _part(self, dice: random.Random, index: int) -> tuple[Cause, tuple[Change, ...]]:
        place = dice.choice(self.talk.places)
        way, changes = dice.choice(WAYS)(dice, side(dice, self.talk, place, index))
        location = {"service": "web"} if way is objects.SERVICE else place.location
        return Cause(way.id, location, way.also), changes

    def _truth(self, causes: list[Cause]) -> Truth:
        first = causes[0] if causes else Cause("")
        return Truth(
            id=first.id,
            also=first.also,
            location=first.location,
            second=causes[1] if causes[1:] else None,
            source=self.talk.source,
            destination=self.talk.destination,
            port=self.talk.port,
            protocol=self.talk.protocol,
        )

    def truth_now(self, lab: Context) -> Truth:
        """With the causes that real traffic showed."""
        causes = lab.names.known.get("causes", "")
        return self._truth([self.parts[int(number)][0] for number in causes.split()])

    def inject(self, lab: Context) -> None:
        """Make it, and let real traffic say what it breaks."""
        alone = []
        for number, (_cause, changes) in enumerate(self.parts if self.parts[1:] else ()):
            for change in changes:
                change.make(lab)
            if self.ears.lost(lab):
                alone.append(number)
            undo_all(lab, changes)
            self.ears.recovered(lab)
        super().inject(lab)
        lost = self.ears.lost(lab)
        if self.parts[1:]:
            if bool(lost) != bool(alone) or alone[2:]:
                raise LabError(f"Cannot say what is true: {len(alone)} of them break something alone, {lost} are lost.")
        else:
            alone = [0] if lost else []
        lab.names.known["causes"] = " ".join(map(str, alone))

    def bites(self, lab: Context) -> bool:
        """Whether the traffic suffers; once it was said, that stands."""
        if "causes" in lab.names.known:
            return bool(lab.names.known["causes"]) or not self.harmless
        return not self.ears.passes(lab)

    def heal(self, lab: Context) -> None:
        """Undo it."""
        super().heal(lab)
        lab.names.known.pop("causes", None)
