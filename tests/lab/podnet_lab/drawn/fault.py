# SPDX-License-Identifier: GPL-3.0-or-later
"""One fault by lot."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from dataclasses import replace

from ..changes import Change
from ..context import Context
from ..made import Made
from ..traffic import asked
from ..truth import MODES, Truth
from . import filters, routing
from .packets import Side, side
from .talks import TALKS
from .ways import Way

NAME = re.compile(r"drawn-(\d+)-(\d+)")
WAYS: tuple[Callable[[random.Random, Side], tuple[Way, tuple[Change, ...]]], ...] = (
    filters.iptables_drop,
    filters.iptables_drop,
    filters.iptables_drop,
    filters.nft_drop,
    filters.nft_drop,
    filters.nft_drop,
    filters.rewrite,
    filters.rewrite,
    routing.route,
    routing.route,
    routing.policy_rule,
    routing.policy_rule,
    routing.neighbour,
    routing.setting,
    routing.link,
)
WAIT = 1.5  # seconds until what was changed shows, neighbours that are asked again included


class Drawn(Made):
    """What was drawn; once it is made, real traffic has said whether it breaks anything."""

    modes = tuple(mode for mode in MODES if mode != "three")
    attempts = 6

    def __init__(self, seed: int, number: int) -> None:
        dice = random.Random(f"{seed}.{number}")
        talk = dice.choice(TALKS)
        place = dice.choice(talk.places)
        way, self.changes = dice.choice(WAYS)(dice, side(dice, talk, place))
        self.scene = talk.scene
        self.about = f"drawn: {self.changes}"
        self.truth = Truth(
            id=way.id,
            also=way.also,
            location=place.location,
            source=talk.source,
            destination=talk.destination,
            port=talk.port,
            protocol=talk.protocol,
        )

    def truth_now(self, lab: Context) -> Truth:
        """Without a cause where the traffic passes."""
        return self.truth if lab.names.known.get("lost") != "0" else replace(self.truth, id="", also=(), location={})

    def inject(self, lab: Context) -> None:
        """Make it, and let real traffic say what it breaks."""
        super().inject(lab)
        time.sleep(WAIT)
        lab.names.known["lost"] = str(self.attempts - asked(self.truth).passed(lab, self.attempts))

    def bites(self, lab: Context) -> bool:
        """Whether the traffic suffers; once it was said, that stands."""
        if "lost" in lab.names.known:
            return True
        return asked(self.truth).passed(lab, self.attempts) < self.attempts

    def heal(self, lab: Context) -> None:
        """Undo it."""
        super().heal(lab)
        lab.names.known.pop("lost", None)


def drawn(name: str) -> Drawn | None:
    """The fault of that name; None where it is none that is drawn."""
    found = NAME.fullmatch(name)
    return Drawn(int(found.group(1)), int(found.group(2))) if found else None
