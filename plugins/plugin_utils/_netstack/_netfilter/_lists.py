# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The rules of a chain, read when they are asked for, and in long chains only those that a packet may match.

kube-proxy has a chain with a rule for each Service: an index by the addresses and ports that rules name spares asking
tens of thousands of them one by one.
"""

from __future__ import annotations

import array
import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Rule, RuleId, Rules
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet

# Shorter chains are asked as they are.
_WORTH_AN_INDEX = 48
_Source = t.TypeVar("_Source")
# "d" and an address, "s" and an address, or "p" and a destination port.
Key = tuple[str, t.Any]


class Spans(t.Sequence["tuple[int, int]"]):
    """Where some pieces of a text begin and end: tens of thousands of rules are held as the one text that was read."""

    __slots__ = ("_positions",)

    def __init__(self) -> None:
        self._positions = array.array("Q")

    def add(self, begin: int, end: int) -> None:
        """One more piece."""
        self._positions.extend((begin, end))

    def __len__(self) -> int:
        return len(self._positions) // 2

    @t.overload
    def __getitem__(self, index: int) -> tuple[int, int]:
        """One piece."""

    @t.overload
    def __getitem__(self, index: slice) -> list[tuple[int, int]]:
        """Some pieces."""

    def __getitem__(self, index: int | slice) -> tuple[int, int] | list[tuple[int, int]]:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        at = 2 * range(len(self))[index]
        return self._positions[at], self._positions[at + 1]


class RuleList(t.Generic[_Source]):
    """Rules of a chain, each made from its source by build(number, source) when it is asked for.

    key: what a rule can be found by without building it: a destination or source address or a destination port that
    the packet must have; None where it has to be asked in any case.
    """

    __slots__ = ("_build", "_index", "_key", "_made", "_ports", "_rest", "_sources")

    def __init__(
        self,
        sources: t.Sequence[_Source],
        build: t.Callable[[int, _Source], Rule],
        key: t.Callable[[_Source], Key | None] | None = None,
    ) -> None:
        self._sources = sources
        self._build = build
        self._key = key
        # Most chains of a large rule set are never asked: what they would need is made when they are.
        self._made: dict[int, Rule] | None = None
        self._index: dict[Key, list[int]] | None = None
        self._rest: t.Sequence[int] = ()
        self._ports: t.Sequence[int] = ()

    def __len__(self) -> int:
        return len(self._sources)

    def __getitem__(self, position: int) -> Rule:
        position = range(len(self._sources))[position]
        if self._made is None:
            self._made = {}
        rule = self._made.get(position)
        if rule is None:
            rule = self._made[position] = self._build(position + 1, self._sources[position])
        return rule

    def __iter__(self) -> t.Iterator[Rule]:
        for position in range(len(self._sources)):
            yield self[position]

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, RuleList) and list(self) == list(other))

    __hash__ = None  # type: ignore[assignment]

    def candidates(self, packet: Packet) -> t.Iterable[Rule]:
        """In order, the rules that may match a packet."""
        if self._key is None or len(self._sources) < _WORTH_AN_INDEX:
            return self
        index = self._index if self._index is not None else self._indexed()
        found = [*self._rest, *index.get(("d", packet.dst), ()), *index.get(("s", packet.src), ())]
        found += self._ports if packet.dport is None else index.get(("p", packet.dport), ())
        found.sort()
        return (self[position] for position in found)

    def _indexed(self) -> dict[Key, list[int]]:
        index: dict[Key, list[int]] = {}
        rest: list[int] = []
        ports: list[int] = []
        key_of = self._key
        for position, source in enumerate(self._sources):
            key = key_of(source) if key_of is not None else None
            if key is None:
                rest.append(position)
                continue
            index.setdefault(key, []).append(position)
            if key[0] == "p":
                ports.append(position)
        self._index, self._rest, self._ports = index, rest, ports
        return index


@dataclasses.dataclass(frozen=True)
class Without:
    """The rules of a chain without one of them."""

    rules: Rules
    left_out: RuleId

    def __len__(self) -> int:
        return sum(1 for _rule in self)

    def __getitem__(self, position: int) -> Rule:
        return list(self)[position]

    def __iter__(self) -> t.Iterator[Rule]:
        return (rule for rule in self.rules if rule.id != self.left_out)

    def candidates(self, packet: Packet) -> t.Iterable[Rule]:
        """In order, the rules that may match a packet."""
        return (rule for rule in self.rules.candidates(packet) if rule.id != self.left_out)


@dataclasses.dataclass(frozen=True)
class Inserted:
    """The rules of a chain with another one before them."""

    first: Rule
    rules: Rules

    def __len__(self) -> int:
        return 1 + len(self.rules)

    def __getitem__(self, position: int) -> Rule:
        return list(self)[position]

    def __iter__(self) -> t.Iterator[Rule]:
        yield self.first
        yield from self.rules

    def candidates(self, packet: Packet) -> t.Iterable[Rule]:
        """In order, the rules that may match a packet."""
        yield self.first
        yield from self.rules.candidates(packet)
