# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""A packet on its way through the chains of a hook, and how a rule or chain lets go of it."""

from __future__ import annotations

import enum
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._conntrack import Tracking
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Chain, Rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet, Zones
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Assumption, Step


class End(enum.Enum):
    """What comes after a rule or chain."""

    NEXT = "next"  # the next rule; of a chain: its caller goes on
    BREAK = "break"  # the rule ends here, the next one is asked
    RETURN = "return"
    ACCEPT = "accept"
    DROP = "drop"
    REJECT = "reject"
    STOLEN = "stolen"
    LOCAL_OUT = "local_out"
    UNKNOWN = "unknown"


class State(t.NamedTuple):
    """One way so far. zones: of the template that CT --zone made for a packet that conntrack has not seen yet."""

    packet: Packet
    tracking: Tracking
    share: float = 1.0
    assumptions: tuple[Assumption, ...] = ()
    steps: tuple[Step, ...] = ()
    zones: Zones | None = None
    reroute: bool = False

    def same_packet(self, other: State) -> bool:
        """Whether all that follows will be the same for both."""
        return (
            (self.packet is other.packet or self.packet == other.packet)
            and (self.tracking is other.tracking or self.tracking == other.tracking)
            and self.zones == other.zones
        )


class Outcome(t.NamedTuple):
    """One way out of a rule or chain. rule: what decided, for the ends that end a chain."""

    end: End
    state: State
    rule: Rule | Chain | None = None
    reject_with: str | None = None
    device: str | None = None


# What a rule whose data is not as its tool prints it can lead to: it is unknown, like one that is not understood.
MALFORMED = (TypeError, ValueError, KeyError, IndexError, AttributeError, RecursionError, OverflowError)


class BoundReached(Exception):
    """The rules are too many, too deep or too undecided to be followed."""


def merged(states: t.Sequence[State]) -> list[State]:
    """Ways that carry the same packet on under the same assumptions, as one: their shares add up."""
    kept: list[State] = []
    for state in states:
        for position, other in enumerate(kept):
            if state.assumptions == other.assumptions and state.same_packet(other):
                kept[position] = other._replace(share=other.share + state.share)
                break
        else:
            kept.append(state)
    return kept
