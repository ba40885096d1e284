# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Packet filter rules in one form, whoever wrote them: iptables, ip6tables, ebtables or nft."""

from __future__ import annotations

import dataclasses
import typing as t

if t.TYPE_CHECKING:
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet


@dataclasses.dataclass(frozen=True)
class Match:
    """One condition of a rule. name: the key in the table of matches; args: its arguments; negated: '!' or '!='."""

    name: str
    args: t.Mapping[str, t.Any]
    negated: bool = False
    text: str = ""


@dataclasses.dataclass(frozen=True)
class Target:
    """What a rule does. name: the key in the table of targets (ACCEPT, DROP, JUMP, DNAT …); args: its arguments."""

    name: str
    args: t.Mapping[str, t.Any]
    text: str = ""

    @property
    def translation(self) -> str:
        """DNAT, SNAT, REDIRECT … of a target that may translate, whether it names addresses or looks them up."""
        return str(self.args.get("kind") if self.name == "NFT_NAT" else self.name).upper()


@dataclasses.dataclass(frozen=True)
class RuleId:
    """Which rule: its back end (iptables-nft, iptables-legacy, nft), family, table, chain, and number from 1."""

    backend: str
    family: str
    table: str
    chain: str
    number: int
    handle: int | None = None


@dataclasses.dataclass(frozen=True)
class Rule:
    """A rule. statements: its conditions and targets in the order in which they are done; packets: its counter, None
    without one; text: as its own tool prints it; remove: the command, as argument list, that takes it away.

    An nftables rule may hold several targets, and conditions behind them: a condition that fails ends the rule.
    """

    id: RuleId
    statements: tuple[Match | Target, ...]
    text: str
    packets: int | None = None
    comment: str | None = None
    remove: tuple[str, ...] = ()

    @property
    def matches(self) -> tuple[Match, ...]:
        """Its conditions."""
        return tuple(each for each in self.statements if isinstance(each, Match))

    @property
    def targets(self) -> tuple[Target, ...]:
        """What it does."""
        return tuple(each for each in self.statements if isinstance(each, Target))

    def __hash__(self) -> int:
        return hash(self.id)

    def __str__(self) -> str:
        return self.text


class Rules(t.Protocol):
    """The rules of a chain. They are read when they are asked for: most chains of a node never see a given packet."""

    def __len__(self) -> int:
        """How many rules."""

    def __getitem__(self, position: int) -> Rule:
        """From 0 on."""

    def __iter__(self) -> t.Iterator[Rule]:
        """In order."""

    def candidates(self, packet: Packet) -> t.Iterable[Rule]:
        """In order, the rules that may match a packet; left out are some that certainly do not."""


@dataclasses.dataclass(frozen=True)
class Chain:
    """A chain. hook, priority, type and policy are None for a chain that is only jumped to; device: netdev chains.

    packets: the counter of the policy. order: of chains with the same priority, the one with the greater number is
    asked first (the kernel puts a new one before those that it has, nf_hook_entries_grow()).
    """

    backend: str
    family: str
    table: str
    name: str
    rules: Rules
    hook: str | None = None
    priority: int | None = None
    type: str | None = None
    policy: str | None = None
    devices: tuple[str, ...] = ()
    packets: int | None = None
    order: int = 0

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What names it: back end, family, table, chain."""
        return self.backend, self.family, self.table, self.name

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        return f"{self.backend} {self.family} {self.table} {self.name}"


@dataclasses.dataclass(frozen=True)
class SetElement:
    """A member of a set or map: a value, an interval, a prefix or a concatenation of these; data: of maps, and the mark
    (value and mask) of an ipset's with skbinfo."""

    key: t.Any
    data: t.Any = None
    timeout: bool = False
    nomatch: bool = False


@dataclasses.dataclass(frozen=True)
class NamedSet:
    """A named set or map of nft, or an ipset. types: of each part of a key, as nft and ipset name them.

    Sets that a rule brings along have no name. indexes: made when they are asked for.
    """

    backend: str
    family: str
    table: str
    name: str
    types: tuple[str, ...]
    elements: tuple[SetElement, ...]
    dynamic: bool = False
    options: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    indexes: dict[t.Any, t.Any] = dataclasses.field(default_factory=dict, compare=False, repr=False)


ChainKey = tuple[str, str, str, str]
TableKey = tuple[str, str, str]


class Chains(t.Mapping[ChainKey, Chain]):
    """All chains by (back end, family, table, name): those of some tables are made when they are asked for."""

    def __init__(self, made: t.Mapping[ChainKey, Chain], tables: t.Mapping[TableKey, t.Mapping[str, Chain]]) -> None:
        """tables: by (back end, family, table); made: the others, and what stands for a chain of a table."""
        self._made, self._tables = made, tables

    def __getitem__(self, key: ChainKey) -> Chain:
        found = self._made.get(key)
        return self._tables[key[0], key[1], key[2]][key[3]] if found is None else found

    def __iter__(self) -> t.Iterator[ChainKey]:
        return iter(
            dict.fromkeys((*self._made, *((*key, name) for key, each in self._tables.items() for name in each)))
        )

    def __len__(self) -> int:
        return sum(1 for _key in self)

    def changed(self, chain: Chain) -> Chains:
        """With this chain in place of the one of its name."""
        return Chains({**self._made, chain.key: chain}, self._tables)


@dataclasses.dataclass(frozen=True)
class RuleSet:
    """Everything that filters packets in one network namespace.

    base: the chains with hooks, by (family, hook), in the order in which the kernel asks them; chains: all by (backend,
    family, table, name). ipvs: virtual services by protocol, address and port. unread: what could not be read, with the
    reason.
    """

    base: t.Mapping[tuple[str, str], tuple[Chain, ...]]
    chains: Chains
    sets: t.Mapping[tuple[str, str, str, str], NamedSet]
    unread: tuple[str, ...] = ()
    ipvs: t.Mapping[tuple[str, str, int | None], t.Any] = dataclasses.field(default_factory=dict)
