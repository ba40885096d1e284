# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Counters read twice, around the probes: what moved, by how much, and what changed meanwhile.

One look costs a few files and the commands that list packet filter rules, routes, neighbours and forwarding entries.
Only what moved is told, so that the answer is small. A counter that is not there on this kernel is not told; nothing
here fails.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime
import json
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import (
    _connections,
    _links,
    _netfilter,
    _routes,
    _rule_counters,
    _tools,
    _volatile,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import (
    HOST,
    Namespace,
    Reader,
    ReadError,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._route_watch import RouteWatch
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._rule_watch import RuleWatch
from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject

Numbers = dict[str, int]
SCHEMA = "podnet.diagnostics/counters/v1"
# Those of /proc/net/snmp and netstat that only say how much traffic there is.
_BORING = ("IpExtIn", "IpExtOut", "TcpExtTCPHPHits", "TcpExtTCPPureAcks", "TcpExtTCPHPAcks", "TcpExtTCPAutoCorking")
_SOFTNET = {"processed": 0, "dropped": 1, "time_squeeze": 2}
_DEVICE = (
    *(f"rx_{name}" for name in ("bytes", "packets", "errs", "drop", "fifo", "frame", "compressed", "multicast")),
    *(f"tx_{name}" for name in ("bytes", "packets", "errs", "drop", "fifo", "colls", "carrier", "compressed")),
)
_DEVICE_KEPT = ("packets", "errs", "drop", "fifo", "carrier")
_CONNTRACK_KEPT = (
    "invalid",
    "insert_failed",
    "drop",
    "early_drop",
    "search_restart",
    "clashres",
    "icmp_error",
    "found",
)
MAX_DEVICES = 300
_NO_RULES = _rule_counters.RuleLook({}, {})
COMMANDS_TIMEOUT = 6.0


@dataclasses.dataclass
class NetnsLook:
    """One namespace at one moment."""

    protocols: Numbers = dataclasses.field(default_factory=dict)
    devices: dict[str, Numbers] = dataclasses.field(default_factory=dict)
    conntrack: Numbers = dataclasses.field(default_factory=dict)
    conntrack_entries: int | None = None
    sockets: Numbers = dataclasses.field(default_factory=dict)
    qdiscs: dict[str, Numbers] = dataclasses.field(default_factory=dict)
    rules: _rule_counters.RuleLook = _NO_RULES
    volatile: dict[str, list[str]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Look:
    """A node at one moment. uptime: seconds since boot, for rates; connections: those that were asked about."""

    time: str
    uptime: float | None
    netns: dict[str, NetnsLook]
    softnet: Numbers
    neighbours: Numbers
    problems: list[str]
    connections: list[JsonObject] = dataclasses.field(default_factory=list)


def kept(look: Look) -> JsonObject:
    """The counters of a look, so that another task on the node can compare them; not what changes beside them."""
    spaces = {
        name: {
            **dataclasses.asdict(dataclasses.replace(space, rules=_NO_RULES, volatile={})),
            "rules": space.rules.to_json(),
        }
        for name, space in look.netns.items()
    }
    return {**dataclasses.asdict(dataclasses.replace(look, netns={}, connections=[])), "netns": spaces}


def from_kept(data: JsonObject) -> Look:
    """What kept() made; LookupError, TypeError or ValueError for anything else."""
    spaces = {
        name: NetnsLook(**{**space, "rules": _rule_counters.RuleLook.from_json(space["rules"])})
        for name, space in data["netns"].items()
    }
    return Look(**{**data, "netns": spaces})


class Looker:
    """Looks at a node and some of its pods; the programs are found once.

    tracked_from, tracked_to: the addresses between which tracked connections are told.
    """

    def __init__(
        self,
        node: str,
        namespaces: t.Sequence[Namespace],
        tracked_from: t.Sequence[str] = (),
        tracked_to: t.Sequence[str] = (),
    ) -> None:
        self.tracked = (tracked_from, tracked_to)
        self.namespaces = (HOST, *namespaces)
        self.reader = Reader(node, COMMANDS_TIMEOUT)
        self.node = node
        self.modules = _tools.KernelModules(_netns.host_root())
        self.programs: _netfilter.Programs | None = None
        # Where nft failed at the first look, with too many rules for its time for example, a second one has nothing to
        # be compared with.
        self._without_nft: set[str] = set()
        self.watch = RuleWatch()
        self.route_watch = RouteWatch()

    def look(self) -> Look:
        """Everything at the same time, a part that fails is among the problems."""
        self.reader = Reader(self.node, COMMANDS_TIMEOUT)
        problems: list[str] = []
        if self.programs is None:
            self.programs = _netfilter.find_programs(self.reader, _netns.host_root())
        now = datetime.datetime.now(datetime.timezone.utc)
        found = {namespace.id: NetnsLook() for namespace in self.namespaces}
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            # The rules take longest, and their counters should be of one moment with the files.
            rules = {space.id: pool.submit(self._rules, space, problems) for space in self.namespaces}
            changing = {space.id: pool.submit(self._volatile, space, problems) for space in self.namespaces}
            qdiscs = {space.id: pool.submit(self._qdiscs, space, problems) for space in self.namespaces}
            for space in self.namespaces:
                _read_files(space, found[space.id], problems)
            for space in self.namespaces:
                found[space.id].rules = rules[space.id].result()
                found[space.id].volatile = changing[space.id].result()
                found[space.id].qdiscs = qdiscs[space.id].result()
        return Look(
            time=now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            uptime=_uptime(),
            netns=found,
            softnet=_softnet(problems),
            # Only the first namespace of a machine shows this table.
            neighbours=parse_table(_text("/proc/net/stat/arp_cache", [])),
            problems=problems,
            connections=self._connections(problems),
        )

    def _connections(self, problems: list[str]) -> list[JsonObject]:
        try:
            return [entry.to_dict() for entry in _connections.read_connections(self.reader, HOST, *self.tracked)]
        except ReadError as exc:
            problems.append(exc.problem.text)
            return []

    def _rules(self, space: Namespace, problems: list[str]) -> _rule_counters.RuleLook:
        programs = t.cast(_netfilter.Programs, self.programs)
        if space.id in self._without_nft:
            programs = dataclasses.replace(programs, nft=())
        netfilter, errors = _netfilter.read_netfilter(self.reader, space, programs, self.modules)
        for error in errors:
            if error.what != "nftables":
                problems.append(error.text)
            elif space.id not in self._without_nft:
                self._without_nft.add(space.id)
                problems.append(error.text)
        return _rule_counters.look_at(netfilter, whole=not errors)

    def _volatile(self, space: Namespace, problems: list[str]) -> dict[str, list[str]]:
        parts: dict[str, t.Callable[[], t.Sequence[t.Any]]] = {
            "routes": lambda: _routes.read_routes(self.reader, space, 4),
            "rules": lambda: _routes.read_rules(self.reader, space, 4),
            "neighbours": lambda: _routes.read_neighbours(self.reader, space),
        }
        if space.pid is None:
            parts["fdb"] = lambda: _links.read_fdb(self.reader, space)
        found: dict[str, list[str]] = {}
        for name, read in parts.items():
            try:
                found[name] = _volatile.lines(name, read())
            except ReadError as exc:
                problems.append(exc.problem.text)
        return found

    def _qdiscs(self, space: Namespace, problems: list[str]) -> dict[str, Numbers]:
        if _tools.which("tc") is None:
            problems.append(f"Cannot read qdiscs of node {self.node}: there is no tc")
            return {}
        try:
            text = self.reader.text("qdiscs", ["tc", "-s", "-j", "qdisc", "show"], space)
            return parse_qdiscs(text)
        except (ReadError, ValueError) as exc:
            problems.append(str(exc))
            return {}


def compare(
    before: Look, after: Look, watch: JsonObject | None = None, flapping: t.Sequence[JsonObject] = ()
) -> JsonObject:
    """What moved between two looks. Pairs are [before, after]; a controller takes the differences."""
    spaces: JsonObject = {}
    for name, late in after.netns.items():
        early = before.netns.get(name, NetnsLook())
        spaces[name] = {
            "protocols": _pairs(early.protocols, late.protocols),
            "devices": _tables(early.devices, late.devices),
            "qdiscs": _tables(early.qdiscs, late.qdiscs),
            "conntrack": _pairs(early.conntrack, late.conntrack, keep=True),
            "sockets": _pairs(early.sockets, late.sockets, keep=True),
            "conntrack_entries": [early.conntrack_entries, late.conntrack_entries],
            "rules": _rule_counters.moved(early.rules, late.rules),
            "chains_changed": _rule_counters.changed(early.rules, late.rules),
            "chains": late.rules.digests() if len(late.rules.chains) <= _volatile.MAX_LINES else None,
            "volatile": {part: _twice(early.volatile.get(part), lines) for part, lines in late.volatile.items()},
        }
    return {
        "schema": SCHEMA,
        "before": before.time,
        "after": after.time,
        "uptime": after.uptime,
        "netns": spaces,
        "softnet": _pairs(before.softnet, after.softnet),
        "neighbours": _pairs(before.neighbours, after.neighbours),
        "rule_writes": watch,
        "flapping": list(flapping),
        "connections": after.connections,
        "problems": list(dict.fromkeys([*before.problems, *after.problems])),
    }


def _twice(before: list[str] | None, after: list[str]) -> JsonObject:
    """before is there only where it was not the same."""
    return {"now": after} if before is None or before == after else {"now": after, "before": before}


def _pairs(before: Numbers, after: Numbers, keep: bool = False) -> dict[str, list[int]]:
    """What moved; keep: also what did not. A counter that was not there before is not compared."""
    return {
        name: [before[name], value]
        for name, value in after.items()
        if name in before and (keep or value != before[name])
    }


def _tables(before: t.Mapping[str, Numbers], after: t.Mapping[str, Numbers]) -> dict[str, dict[str, list[int]]]:
    moved = {name: _pairs(before[name], values) for name, values in after.items() if name in before}
    return {name: values for name, values in moved.items() if values}


# -- files -------------------------------------------------------------------------------------------------------
def _read_files(space: Namespace, found: NetnsLook, problems: list[str]) -> None:
    for name in ("snmp", "netstat"):
        found.protocols.update(parse_protocols(_text(f"{space.proc}/net/{name}", problems)))
    found.sockets = parse_sockets(_text(f"{space.proc}/net/sockstat", []))
    found.devices = parse_devices(_text(f"{space.proc}/net/dev", problems))
    table = parse_table(_text(f"{space.proc}/net/stat/nf_conntrack", []))
    found.conntrack_entries = table.pop("entries", None)
    found.conntrack = {name: table[name] for name in _CONNTRACK_KEPT if name in table}


def _text(path: str, problems: list[str]) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as stream:
            return stream.read()
    except OSError as exc:
        problems.append(f"Cannot read {path}: {exc.strerror or exc}")
        return ""


def parse_protocols(text: str) -> Numbers:
    """Pairs of lines: names, then values, each after "Group:"; names as nstat has them."""
    counters: Numbers = {}
    lines = text.splitlines()
    for names, values in zip(lines[::2], lines[1::2]):
        group, _colon, rest = names.partition(":")
        for name, value in zip(rest.split(), values.partition(":")[2].split()):
            if value.isdigit() and not (group + name).startswith(_BORING):
                counters[group + name] = int(value)
    return counters


def parse_sockets(text: str) -> Numbers:
    """sockstat: the TCP sockets of the namespace, inuse and tw (TIME-WAIT)."""
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["TCP:"]:
            pairs = dict(zip(words[1::2], words[2::2]))
            return {name: int(pairs[name]) for name in ("inuse", "tw") if pairs.get(name, "").isdigit()}
    return {}


def parse_devices(text: str) -> dict[str, Numbers]:
    """/proc/net/dev: packets, errors and drops by device, both directions."""
    devices: dict[str, Numbers] = {}
    for line in text.splitlines()[2:]:
        name, colon, rest = line.rpartition(":")
        values = rest.split()
        if not colon or len(devices) >= MAX_DEVICES or not all(value.isdigit() for value in values):
            continue
        devices[name.strip()] = {
            column: int(value) for column, value in zip(_DEVICE, values) if column.partition("_")[2] in _DEVICE_KEPT
        }
    return devices


def parse_table(text: str) -> Numbers:
    """A table of /proc/net/stat: names, then one line for each processor in hexadecimal; sums. The number of
    entries is the
    same in each line and is no sum."""
    lines = text.splitlines()
    names = lines[0].split() if lines else []
    sums: Numbers = {}
    for line in lines[1:]:
        try:
            values = [int(value, 16) for value in line.split()]
        except ValueError:
            continue
        for name, value in zip(names, values):
            sums[name] = value if name == "entries" else sums.get(name, 0) + value
    return sums


def parse_softnet(text: str) -> Numbers:
    """/proc/net/softnet_stat: sums over the processors, of the columns that every kernel has."""
    sums: Numbers = {}
    for line in text.splitlines():
        try:
            values = [int(value, 16) for value in line.split()]
        except ValueError:
            continue
        for name, column in _SOFTNET.items():
            if column < len(values):
                sums[name] = sums.get(name, 0) + values[column]
    return sums


def parse_qdiscs(text: str) -> dict[str, Numbers]:
    """tc -s -j qdisc: drops, overlimits and requeues by device and kind."""
    found: dict[str, Numbers] = {}
    for item in json.loads(text or "[]"):
        if not isinstance(item, dict):
            continue
        numbers = {name: item[name] for name in ("drops", "overlimits", "requeues") if isinstance(item.get(name), int)}
        if numbers and len(found) < MAX_DEVICES:
            found[f"{item.get('dev')} {item.get('kind')} {item.get('handle', '')}".strip()] = numbers
    return found


def _softnet(problems: list[str]) -> Numbers:
    return parse_softnet(_text("/proc/net/softnet_stat", problems))


def _uptime() -> float | None:
    try:
        return float(_text("/proc/uptime", []).split()[0])
    except (IndexError, ValueError):
        return None
