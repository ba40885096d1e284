# SPDX-License-Identifier: GPL-3.0-or-later
"""What rules say of a conversation's packets: the fields of a question or of an answer, most of them true."""

from __future__ import annotations

import random
from dataclasses import dataclass

from .talks import Place, Talk

STRANGERS = ("10.244.7.0/24", "192.0.2.66", "198.51.100.0/24", "172.16.0.0/12")
OTHER_PORT = 9
TRUTHFUL = 0.9  # of the fields; one that is not makes most rules harmless


@dataclass(frozen=True)
class Side:
    """One direction of a conversation as a rule at a place may describe it. index: which of several changes it is."""

    talk: Talk
    place: Place
    reply: bool
    index: int = 0

    @property
    def source(self) -> str:
        """Where its packets come from; empty where that is not known."""
        return self.talk.server if self.reply else self.talk.client

    @property
    def destination(self) -> str:
        """Where its packets go to; empty where that is not known."""
        return self.talk.client if self.reply else self.talk.server

    def address(self, dice: random.Random, address: str) -> str:
        """The address, a network around it, or now and then a stranger's."""
        if dice.random() > TRUTHFUL:
            return dice.choice(STRANGERS)
        around = dice.choice(("", "", "/32", "/27", "/20")) if "/" not in address else ""
        return address + around

    def port(self, dice: random.Random) -> int:
        """The served port, or now and then another."""
        return self.talk.service if dice.random() < TRUTHFUL else OTHER_PORT

    def devices(self, dice: random.Random) -> str:
        """A device at the place."""
        return dice.choice(self.place.devices)


def side(dice: random.Random, talk: Talk, place: Place, index: int) -> Side:
    """A question's packets, or an answer's."""
    return Side(talk, place, dice.random() < 0.4, index)
