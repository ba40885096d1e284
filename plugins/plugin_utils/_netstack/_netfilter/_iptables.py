# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What iptables-save -c prints, as chains. Rules are read when they are asked for.

Sources: iptables-save(8), the kernel's NF_IP_PRI_* (include/uapi/linux/netfilter_ipv4.h).
"""

from __future__ import annotations

import dataclasses
import functools
import ipaddress
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._iptables_rule import RuleReader
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._lists import Key, RuleList, Spans
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Chain, Rule

BACKENDS = {"nf_tables": "iptables-nft", "legacy": "iptables-legacy"}
FAMILIES = {4: "ip", 6: "ip6"}
# Characters; more is not read: half a rule set would mislead, and is told.
MAX_TEXT = 512 * 1024 * 1024
# Tables of the legacy back end have no age that could be read; they are taken for the oldest.
_LEGACY_ORDER = -1
_PRIORITIES = {"raw": -300, "mangle": -150, "filter": 0, "security": 50}
# iptables-nft puts its table security behind nat, the kernel's own tables have it before (iptables/nft.c; measured).
_SECURITY_OF_NFT = 150
_NAT = {"PREROUTING": -100, "OUTPUT": -100, "INPUT": 100, "POSTROUTING": 100}
_HOOKS = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")
_COUNTERS = re.compile(r"\[(\d+):\d+\] ?")
_ADDRESS = re.compile(r"(?:\[[\d:]+\] )?-A \S+ (?:(?:! )?-s \S+ )?-d ([0-9a-f.:]+)/(?:32|128) ")
_SOURCE = re.compile(r"(?:\[[\d:]+\] )?-A \S+ -s ([0-9a-f.:]+)/(?:32|128) ")
_PORT = re.compile(r"(?<!!) --dport (\d+)(?: |$)")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclasses.dataclass(frozen=True)
class Listing:
    """What one program printed for one address family."""

    backend: str
    family: int
    text: str
    command: str  # to change such rules with

    @classmethod
    def from_entry(cls, entry: t.Mapping[str, t.Any]) -> Listing:
        """An entry of netfilter.iptables of a snapshot."""
        family = 6 if entry.get("family") == 6 else 4
        name = str(entry.get("binary") or "").rpartition("/")[2]
        command = name[: -len("-save")] if name.endswith("-save") else ("iptables" if family == 4 else "ip6tables")
        backend = str(entry.get("backend"))
        text = entry.get("text")
        return cls(BACKENDS.get(backend, backend), family, text if isinstance(text, str) else "", command)


@dataclasses.dataclass(frozen=True)
class _Line:
    """Reads the rules of a table where they stand in the text."""

    text: str
    rules: RuleReader

    def read(self, number: int, span: tuple[int, int]) -> Rule:
        return self.rules.read(number, self.text[slice(*span)])

    def key(self, span: tuple[int, int]) -> Key | None:
        return _key(self.text[slice(*span)])


def chains_of(listing: Listing, orders: t.Mapping[tuple[str, str], int]) -> t.Iterator[Chain]:
    """The chains of a listing. What is no line of iptables-save is passed over. orders: of tables of nft, by age."""
    family = FAMILIES[listing.family]
    table = ""
    heads: dict[str, tuple[str | None, int | None]] = {}
    rules: dict[str, Spans] = {}
    for begin, line in _lines(listing.text):
        mark = line[:1]
        if mark == "[" or mark == "-":
            words = line.split(" ", 3)
            position = 1 if mark == "[" else 0
            if len(words) > position + 1 and words[position] == "-A":
                name = words[position + 1]
                if name not in rules:
                    rules[name] = Spans()
                rules[name].add(begin, begin + len(line))
        elif mark == ":":
            name, policy, packets = _head(line)
            heads[name] = (policy, packets)
        elif mark == "*":
            yield from _table(listing, family, table, heads, rules, orders)
            table, heads, rules = line[1:].strip(), {}, {}
    yield from _table(listing, family, table, heads, rules, orders)


def _lines(text: str) -> t.Iterator[tuple[int, str]]:
    """The lines of a text, one at a time, each with its position."""
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, text[start:end]
        start = end + 1


def _head(line: str) -> tuple[str, str | None, int | None]:
    """':FORWARD DROP [12:720]'."""
    words = line[1:].split(" ")
    policy = words[1] if len(words) > 1 and words[1] != "-" else None
    found = _COUNTERS.match(words[2]) if len(words) > 2 else None
    return words[0], policy, int(found.group(1)) if found else None


def _table(
    listing: Listing,
    family: str,
    table: str,
    heads: t.Mapping[str, tuple[str | None, int | None]],
    rules: t.Mapping[str, Spans],
    orders: t.Mapping[tuple[str, str], int],
) -> t.Iterator[Chain]:
    if not table:
        return
    native = listing.backend == BACKENDS["nf_tables"]
    order = orders.get((family, table), 0) << 32 if native else _LEGACY_ORDER
    line = _Line(listing.text, RuleReader(listing.backend, family, table, listing.command, frozenset(heads)))
    read, key = line.read, line.key  # one of each for all chains
    for name in dict.fromkeys([*heads, *rules]):
        policy, packets = heads.get(name, (None, None))
        hook, priority = _hook(listing.backend, table, name)
        yield Chain(
            backend=listing.backend,
            family=family,
            table=table,
            name=name,
            rules=RuleList(rules.get(name, ()), read, key),
            hook=hook,
            priority=priority,
            type=None if hook is None else "nat" if table == "nat" else "filter",
            policy=None if hook is None else (policy or "ACCEPT").lower(),
            packets=packets,
            order=order,
        )


def _hook(backend: str, table: str, chain: str) -> tuple[str | None, int | None]:
    if chain not in _HOOKS:
        return None, None
    priority = _NAT.get(chain) if table == "nat" else _PRIORITIES.get(table)
    if table == "security" and backend == BACKENDS["nf_tables"]:
        priority = _SECURITY_OF_NFT
    return (None, None) if priority is None else (chain.lower(), priority)


def _key(line: str) -> Key | None:
    """What a packet must have to match the rule of a line, if that is plain to see."""
    found = _ADDRESS.match(line)
    if found:
        return "d", _canonical(found.group(1))
    found = _SOURCE.match(line)
    if found:
        return "s", _canonical(found.group(1))
    if " --dport " in line:
        found = _PORT.search(_QUOTED.sub('""', line))
        if found:
            return "p", int(found.group(1))
    return None


@functools.lru_cache(maxsize=65536)
def _canonical(address: str) -> str:
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address
