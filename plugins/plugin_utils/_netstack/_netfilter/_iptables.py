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
_LONGEST_NAME = 1024  # characters of a title
_PRIORITIES = {"raw": -300, "mangle": -150, "filter": 0, "security": 50}
# iptables-nft puts its table security behind nat, the kernel's own tables have it before (iptables/nft.c; measured).
_SECURITY_OF_NFT = 150
_NAT = {"PREROUTING": -100, "OUTPUT": -100, "INPUT": 100, "POSTROUTING": 100}
_HOOKS = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")
_HEAD = re.compile(r"^:([^ \n]+)(?: ([^\n]*))?$", re.MULTILINE)
# The rules of a chain stand together.
_RUN = re.compile(
    r"^(?:\[[^ \n]* )?-A ([^ \n]+)(?= |$)[^\n]*(?:\n(?:\[[^ \n]* )?-A \1(?= |$)[^\n]*)*", re.MULTILINE
)  # fmt: skip
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


class Table(t.Mapping[str, Chain]):
    """The chains of one table by their names, each made when it is asked for: kube-proxy makes tens of thousands, and a
    packet meets a few."""

    def __init__(self, listing: Listing, name: str, begin: int, end: int, order: int) -> None:
        """begin, end: where it stands in the text. order: see Chain."""
        self._listing, self.name, self._order = listing, name, order
        self.backend, self.family = listing.backend, FAMILIES[listing.family]
        runs: dict[str, list[int]] = {}
        head = end
        for found in _RUN.finditer(listing.text, begin, end):
            head = min(head, found.start())
            runs.setdefault(found.group(1), []).extend(found.span())
        self._runs = runs
        self._heads: dict[str, str] = dict(_HEAD.findall(listing.text, begin, head))
        line = _Line(listing.text, RuleReader(self.backend, self.family, name, listing.command, self._heads.keys()))
        self._read, self._key = line.read, line.key  # one of each for all chains
        self._made: dict[str, Chain] = {}

    def __getitem__(self, chain: str) -> Chain:
        made = self._made.get(chain)
        if made is None:
            if chain not in self._heads and chain not in self._runs:
                raise KeyError(chain)
            made = self._made[chain] = self._make(chain)
        return made

    def __iter__(self) -> t.Iterator[str]:
        return iter(dict.fromkeys((*self._heads, *self._runs)))

    def __len__(self) -> int:
        return len(self._heads.keys() | self._runs.keys())

    def based(self) -> t.Iterator[Chain]:
        """The chains with hooks."""
        return (self[chain] for chain in _HOOKS if chain in self)

    def _make(self, chain: str) -> Chain:
        hook, priority = _hook(self.backend, self.name, chain)
        policy, packets = _read_policy(self._heads.get(chain, ""))
        return Chain(
            backend=self.backend,
            family=self.family,
            table=self.name,
            name=chain,
            rules=RuleList(self._lines(chain), self._read, self._key),
            hook=hook,
            priority=priority,
            type=None if hook is None else "nat" if self.name == "nat" else "filter",
            policy=None if hook is None else (policy or "ACCEPT").lower(),
            packets=packets,
            order=self._order,
        )

    def _lines(self, chain: str) -> Spans:
        """Where its rules stand."""
        text, spans = self._listing.text, Spans()
        runs = self._runs.get(chain, ())
        for begin, end in zip(runs[::2], runs[1::2]):
            while begin < end:
                stop = text.find("\n", begin, end)
                stop = end if stop < 0 else stop
                spans.add(begin, stop)
                begin = stop + 1
        return spans


def tables_of(listing: Listing, orders: t.Mapping[tuple[str, str], int]) -> t.Iterator[Table]:
    """The tables of a listing. What is no line of iptables-save is passed over. orders: of tables of nft, by age."""
    native, text = listing.backend == BACKENDS["nf_tables"], listing.text
    begin = 0 if text.startswith("*") else text.find("\n*") + 1
    while text.startswith("*", begin):
        end = text.find("\n*", begin) + 1 or len(text)
        name = text[begin + 1 : min(end, begin + _LONGEST_NAME)].partition("\n")[0].strip()
        order = orders.get((FAMILIES[listing.family], name), 0) << 32 if native else _LEGACY_ORDER
        yield Table(listing, name, begin, end, order)
        begin = end


def _read_policy(rest: str) -> tuple[str | None, int | None]:
    """'DROP [12:720]', what follows the name of a chain in its head."""
    words = rest.split(" ")
    policy = words[0] if words[0] and words[0] != "-" else None
    found = _COUNTERS.match(words[1]) if len(words) > 1 else None
    return policy, int(found.group(1)) if found else None


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
