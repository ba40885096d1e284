# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Packet filter rules in one form, whoever wrote them: iptables, ip6tables, ebtables or nft."""

from __future__ import annotations

import dataclasses
import typing as t


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
    """A rule. packets: its counter, None without one; text: as its own tool prints it; remove: the command, as argument
    list, that takes it away.

    An nftables rule may hold several statements: targets are done in order until one ends the rule.
    """

    id: RuleId
    matches: tuple[Match, ...]
    targets: tuple[Target, ...]
    text: str
    packets: int | None = None
    comment: str | None = None
    remove: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text


@dataclasses.dataclass(frozen=True)
class Chain:
    """A chain. hook, priority, type and policy are None for a chain that is only jumped to; device: netdev chains.

    packets: the counter of the policy.
    """

    backend: str
    family: str
    table: str
    name: str
    rules: tuple[Rule, ...]
    hook: str | None = None
    priority: int | None = None
    type: str | None = None
    policy: str | None = None
    devices: tuple[str, ...] = ()
    packets: int | None = None

    def __str__(self) -> str:
        return f"{self.backend} {self.family} {self.table} {self.name}"


@dataclasses.dataclass(frozen=True)
class SetElement:
    """A member of a set or map: a value, an interval, a prefix or a concatenation of these; data: of maps."""

    key: t.Any
    data: t.Any = None
    timeout: bool = False
    nomatch: bool = False


@dataclasses.dataclass(frozen=True)
class NamedSet:
    """A named set or map of nft, or an ipset. types: of each part of a key, as nft and ipset name them."""

    backend: str
    family: str
    table: str
    name: str
    types: tuple[str, ...]
    elements: tuple[SetElement, ...]
    is_map: bool = False
    dynamic: bool = False


@dataclasses.dataclass(frozen=True)
class RuleSet:
    """Everything that filters packets in one network namespace.

    base: the chains with hooks, by (family, hook), in the order in which the kernel asks them; chains: all by (backend,
    family, table, name). unread: what could not be read, with the reason.
    """

    base: t.Mapping[tuple[str, str], tuple[Chain, ...]]
    chains: t.Mapping[tuple[str, str, str, str], Chain]
    sets: t.Mapping[tuple[str, str, str, str], NamedSet]
    unread: tuple[str, ...] = ()
