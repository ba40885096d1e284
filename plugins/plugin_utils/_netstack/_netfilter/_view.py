# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What a rule is asked about: a packet at a hook, and how its answers look."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._conntrack import Added
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import _names
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._addresses import number
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._context import HookContext
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Chain, RuleSet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import CtState, Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Doubt


class Chance(t.NamedTuple):
    """It matches by the throw of a dice."""

    probability: float


class Unsure(t.NamedTuple):
    """It cannot be known whether it matches."""

    doubt: Doubt


UNKNOWN = Unsure(Doubt.UNKNOWN)
RATE = Unsure(Doubt.RATE)
OWNER = Unsure(Doubt.OWNER)
CONTENT = Unsure(Doubt.CONTENT)
Answer = t.Union[bool, Chance, Unsure]
ARP = "arp"
_DEFRAG = -400


@dataclasses.dataclass(frozen=True)
class View:
    """A packet at a hook. backend, family and table: where the rule stands that asks; base: the chain that it was
    reached from; added: what rules have added to sets, for this packet or those before it.
    """

    packet: Packet
    context: HookContext
    hook: str
    rules: RuleSet
    backend: str = ""
    family: str = ""
    table: str = ""
    base: Chain | None = None
    added: frozenset[Added] = frozenset()

    @property
    def tracked(self) -> bool:
        """Whether the packet belongs to a connection in, or on its way into, the table."""
        ct = self.packet.ct
        return ct is not None and ct.state not in (CtState.INVALID, CtState.UNTRACKED)

    @property
    def in_pieces(self) -> bool:
        """Whether fragments come to the rule as such: connection tracking puts them together before all chains but
        those of earlier priority (NF_IP_PRI_CONNTRACK_DEFRAG).
        """
        early = self.base is not None and self.base.priority is not None and self.base.priority < _DEFRAG
        return self.packet.piece and (self.context.layer in ("netdev", "bridge") or early)

    @property
    def iif(self) -> str | None:
        """The device it came in by, as rules of this layer see it."""
        context = self.context
        if self.hook == "postrouting" and context.layer == "ip":
            return context.iif  # of a packet that is forwarded (Linux 5.7 and newer)
        return context.iif if self.hook in ("ingress", "prerouting", "input", "forward") else None

    @property
    def oif(self) -> str | None:
        """The device it leaves by, as rules of this layer see it."""
        context = self.context
        return context.oif if self.hook in ("egress", "output", "forward", "postrouting") else None


def address(packet: Packet, side: str) -> int | None:
    """The source ("src") or destination ("dst") as a number."""
    return number(packet.src if side == "src" else packet.dst)


def protocol(packet: Packet) -> int:
    """The number of the packet's protocol, −1 where its name is not known."""
    try:
        return _names.protocol(packet.protocol)
    except ValueError:
        return -1


def known(answer: bool | None) -> Answer:
    """An answer that may be missing."""
    return UNKNOWN if answer is None else answer
