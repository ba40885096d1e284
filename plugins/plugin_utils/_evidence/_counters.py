# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What the counters moved by between the two looks of a node, as differences. Pure: a bundle's counters in,
numbers out.

A counter that went down was reset or wrapped: it has no difference. What a node does not tell is not there.
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject

Moves = t.Mapping[str, int]
HOST = "host"
# The two readings may be of machines whose clocks differ by so much.
CLOCKS = 0.25


@dataclasses.dataclass(frozen=True)
class RuleMove:
    """A packet filter rule that can end a packet, or lets only a share pass. moved: None where nothing counts."""

    node: str
    netns: str
    backend: str
    family: str
    table: str
    chain: str
    number: int
    handle: int | None
    text: str
    ends: bool
    share: bool
    before: int | None
    moved: int | None

    @property
    def remove(self) -> str:
        """The command that takes it away."""
        enter = "" if self.netns == HOST else f"(in the network namespace of {self.netns}) "
        if self.number == 0:
            return f"{enter}{_tool(self.backend, self.family)} -t {self.table} -P {self.chain} ACCEPT"
        if self.backend == "nft":
            return f"{enter}nft delete rule {self.family} {self.table} {self.chain} handle {self.handle}"
        return f"{enter}{_tool(self.backend, self.family)} -t {self.table} -D {self.chain} {self.number}"

    def __str__(self) -> str:
        return f"{self.backend} {self.table}: {self.text}"


def _tool(backend: str, family: str) -> str:
    return "ip6tables" if family == "ip6" else "iptables-legacy" if backend == "iptables-legacy" else "iptables"


@dataclasses.dataclass(frozen=True)
class ChainChange:
    """A chain whose rules were not the same at both looks."""

    node: str
    netns: str
    chain: str
    before: int | None
    after: int | None
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Flapping:
    """A chain of nf_tables with a rule that went and came. turns: how often it did one of the two after the other."""

    chain: str
    turns: int
    writers: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Turning:
    """A link, route, rule, neighbour, fdb entry or switch of forwarding that went and came. states: its last ones;
    changes: how many."""

    kind: str
    name: str
    states: tuple[str, ...]
    changes: int


@dataclasses.dataclass(frozen=True)
class NetnsMoves:
    """One network namespace. sockets: those of TCP in use and in TIME-WAIT, before and after; qdiscs: queueing
    disciplines by device, kind and handle."""

    protocols: Moves
    devices: t.Mapping[str, Moves]
    qdiscs: t.Mapping[str, Moves]
    conntrack: Moves
    conntrack_entries: int | None
    sockets: t.Mapping[str, tuple[int, int]]
    rules: tuple[RuleMove, ...]
    chains: tuple[ChainChange, ...]
    volatile: t.Mapping[str, tuple[tuple[str, ...] | None, tuple[str, ...]]]


@dataclasses.dataclass(frozen=True)
class Discipline:
    """A queueing discipline of a device: its name (device, kind and handle), and how many packets it dropped."""

    node: str
    netns: str
    name: str
    drops: int

    @property
    def device(self) -> str:
        return self.name.split()[0]

    @property
    def of_filters(self) -> bool:
        """Whether it holds no packets, and counts what filters of traffic control dropped (sch_ingress, clsact)."""
        return self.name.split()[1:2] in (["clsact"], ["ingress"])


@dataclasses.dataclass(frozen=True)
class NodeMoves:
    """One node. seconds: between the looks; writes: changes of nf_tables meanwhile, by the writer's program name."""

    node: str
    before: datetime.datetime
    after: datetime.datetime
    uptime: float | None
    netns: t.Mapping[str, NetnsMoves]
    softnet: Moves
    neighbours: Moves
    writes: t.Mapping[str, int]
    flapping: tuple[Flapping, ...]
    turning: tuple[Turning, ...]
    writes_lost: bool
    problems: tuple[str, ...]

    def disciplines(self) -> t.Iterator[Discipline]:
        """The queueing disciplines of the node and of its pods that are watched."""
        for netns, space in self.netns.items():
            for name, counters in space.qdiscs.items():
                yield Discipline(self.node, netns, name, counters.get("drops", 0))

    @property
    def seconds(self) -> float:
        """Between the two looks; never negative, whatever the clock did."""
        return max(0.0, (self.after - self.before).total_seconds())

    def covers(self, begin: datetime.datetime | None, end: datetime.datetime | None) -> bool:
        """Whether what was sent in that time moved these counters."""
        if begin is None or end is None:
            return False
        slack = datetime.timedelta(seconds=CLOCKS)
        return self.before <= begin + slack and end <= self.after + slack


def node_moves(node: str, data: JsonObject) -> NodeMoves | None:
    """Read what one node told; None when it is not of use (an error, a damaged file)."""
    before, after = moment(data.get("before")), moment(data.get("after"))
    if before is None or after is None or not isinstance(data.get("netns"), dict):
        return None
    writes = _dict(data.get("rule_writes"))
    return NodeMoves(
        node=node,
        before=before,
        after=after,
        uptime=data.get("uptime") if isinstance(data.get("uptime"), (int, float)) else None,
        netns={name: _netns(node, name, _space(data, name, space)) for name, space in data["netns"].items()},
        softnet=differences(data.get("softnet")),
        neighbours=differences(data.get("neighbours")),
        writes={str(name): int(count) for name, count in _dict(writes.get("writers")).items()},
        flapping=tuple(_flapping(entry) for entry in writes.get("flapping") or () if isinstance(entry, dict)),
        turning=tuple(_turning(entry) for entry in data.get("flapping") or () if isinstance(entry, dict)),
        writes_lost=bool(writes.get("lost")),
        problems=tuple(str(text) for text in data.get("problems") or ()),
    )


def _space(data: JsonObject, name: str, space: t.Any) -> JsonObject:
    """What was told of a namespace; disciplines of the node itself stood beside it once."""
    return {"qdiscs": data.get("qdiscs"), **_dict(space)} if name == HOST else _dict(space)


def differences(pairs: t.Any) -> dict[str, int]:
    """[before, after] as after - before; a counter that went down is left out."""
    found = {}
    for name, pair in _dict(pairs).items():
        moved = _difference(pair)
        if moved is not None:
            found[str(name)] = moved
    return found


def _difference(pair: t.Any) -> int | None:
    if not isinstance(pair, (list, tuple)) or len(pair) != 2 or not all(isinstance(value, int) for value in pair):
        return None
    return int(pair[1] - pair[0]) if pair[1] >= pair[0] else None


def _netns(node: str, name: str, data: JsonObject) -> NetnsMoves:
    entries = data.get("conntrack_entries")
    return NetnsMoves(
        protocols=differences(data.get("protocols")),
        devices={device: differences(pairs) for device, pairs in _dict(data.get("devices")).items()},
        qdiscs={name: differences(pairs) for name, pairs in _dict(data.get("qdiscs")).items()},
        conntrack=differences(data.get("conntrack")),
        conntrack_entries=entries[1] if isinstance(entries, list) and len(entries) == 2 else None,
        sockets={str(key): pair for key, pair in map(_gauge, _dict(data.get("sockets")).items()) if pair is not None},
        rules=tuple(_rule(node, name, rule) for rule in data.get("rules") or () if isinstance(rule, dict)),
        chains=tuple(_chain(node, name, change) for change in data.get("chains_changed") or ()),
        volatile={part: _volatile(_dict(lines)) for part, lines in _dict(data.get("volatile")).items()},
    )


def _gauge(entry: tuple[t.Any, t.Any]) -> tuple[t.Any, tuple[int, int] | None]:
    """A number that goes up and down, before and after."""
    name, pair = entry
    good = isinstance(pair, list) and len(pair) == 2 and all(isinstance(value, int) for value in pair)
    return name, (pair[0], pair[1]) if good else None


def _volatile(lines: JsonObject) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    before = lines.get("before")
    return (tuple(before) if before is not None else None), tuple(lines.get("now") or ())


def _rule(node: str, netns: str, rule: JsonObject) -> RuleMove:
    return RuleMove(
        node=node,
        netns=netns,
        backend=str(rule.get("backend")),
        family=str(rule.get("family")),
        table=str(rule.get("table")),
        chain=str(rule.get("chain")),
        number=int(rule.get("number") or 0),
        handle=rule.get("handle"),
        text=str(rule.get("text")),
        ends=bool(rule.get("ends")),
        share=bool(rule.get("share")),
        before=rule.get("before"),
        moved=_difference([rule.get("before"), rule.get("after")]),
    )


def _flapping(entry: JsonObject) -> Flapping:
    writers = tuple(str(name) for name in entry.get("writers") or ())
    return Flapping(str(entry.get("chain")), int(entry.get("turns") or 0), writers)


def _turning(entry: JsonObject) -> Turning:
    states = tuple(str(state) for state in entry.get("states") or ())
    return Turning(str(entry.get("kind")), str(entry.get("name")), states, int(entry.get("changes") or 0))


def _chain(node: str, netns: str, change: JsonObject) -> ChainChange:
    return ChainChange(
        node=node,
        netns=netns,
        chain=str(change.get("chain")),
        before=change.get("rules_before"),
        after=change.get("rules_after"),
        added=tuple(change.get("added") or ()),
        removed=tuple(change.get("removed") or ()),
    )


def moment(text: t.Any) -> datetime.datetime | None:
    """A time as nodes write it (ISO 8601, UTC, with a Z); None when it is none."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None


def _dict(value: t.Any) -> JsonObject:
    return value if isinstance(value, dict) else {}
