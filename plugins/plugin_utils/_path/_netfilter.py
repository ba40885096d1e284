# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What the tables of a node do with one packet: a walk over the rules that iptables-save shows.

Nothing is concluded from a match that is not understood: the rule may match or not, and the answer is certain only
where both come to the same. Sources: iptables(8), iptables-extensions(8).
"""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import JsonObject, Namespace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._nftables import BaseChain, base_chains
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._rules import Chain, FilterRule, Tables, parse

ACCEPT, DROP, REJECT, UNKNOWN = "accept", "drop", "reject", "unknown"
_MAX_DEPTH = 32
# Targets after which the next rule is asked.
_GO_ON = frozenset(
    (
        None,
        "LOG",
        "NFLOG",
        "ULOG",
        "TRACE",
        "CT",
        "NOTRACK",
        "TCPMSS",
        "CHECKSUM",
        "SET",
        "CLASSIFY",
        "TOS",
        "DSCP",
        "TTL",
        "HL",
        "AUDIT",
        "LED",
    )
)
# Targets that end the walk through the nat table.
_TRANSLATE = frozenset(("DNAT", "SNAT", "MASQUERADE", "REDIRECT", "NETMAP"))
# Matches whose options are understood, or say nothing about a packet.
_MATCHES = frozenset(("comment", "tcp", "udp", "icmp", "conntrack", "state", "mark", "nfacct", "multiport", "addrtype"))


@dataclasses.dataclass(frozen=True)
class Packet:
    """The packet that is asked about: the first one of its kind, or (reply) the answer to it.

    dport is None where the protocol has none, or where it is not known (replies). mark is None where it is not known.
    translated: its destination was changed on this node. local: it is for the node itself, or sent by it.
    """

    source: str
    destination: str
    protocol: str
    iif: str | None
    oif: str | None
    dport: int | None = None
    reply: bool = False
    mark: int | None = 0
    translated: bool = False

    @property
    def states(self) -> frozenset[str]:
        """What conntrack says of it."""
        return frozenset((("ESTABLISHED",) if self.reply else ("NEW",)) + (("DNAT",) if self.translated else ()))


@dataclasses.dataclass(frozen=True)
class Decision:
    """What happens, and by which rule; rule is None where a chain's policy decided. hook: of native nftables."""

    verdict: str
    table: str
    chain: str
    rule: FilterRule | None = None
    packets: int | None = None
    hook: str = ""

    @property
    def stops(self) -> bool:
        """Whether the packet ends here for certain."""
        return self.verdict in (DROP, REJECT)

    @property
    def by_chance(self) -> bool:
        """Whether a rule drops a part of such packets at random."""
        rule = self.rule
        return (
            self.verdict == UNKNOWN
            and rule is not None
            and rule.target in ("DROP", "REJECT")
            and "statistic" in rule.words
        )


def decide(netfilter: t.Sequence[JsonObject], packet: Packet, hook: str) -> list[Decision]:
    """What each back end's tables do with the packet at a hook (FORWARD, INPUT or OUTPUT).

    Every back end is asked, because a packet must pass all of them. Marks are followed from PREROUTING on.
    """
    version = ipaddress.ip_address(packet.destination).version
    return [
        _Walk(parse(entry.get("text") or ""), packet).through(hook)
        for entry in netfilter
        if entry.get("family") == version
    ]


def decide_natively(text: str | None, packet: Packet, hook: str) -> list[Decision]:
    """What each base chain of the native nftables rules at the hook (and at prerouting) does; all must let it pass."""
    version = ipaddress.ip_address(packet.destination).version
    hooks = (["prerouting"] if packet.iif else []) + [hook.lower()]
    return [
        _Walk({base.table: base.chains}, packet).native(base)
        for wanted in hooks
        for base in base_chains(text)
        if base.hook == wanted and version in base.versions
    ]


def decisions(namespace: Namespace, packet: Packet, hook: str) -> list[Decision]:
    """What all rules of a namespace do, of both iptables back ends and of native nftables."""
    return [*decide(namespace.iptables, packet, hook), *decide_natively(namespace.nftables, packet, hook)]


def stopping(namespace: Namespace, packet: Packet, hook: str) -> Decision | None:
    """The decision that certainly ends the packet; None where it passes, or where that cannot be known."""
    return next((decision for decision in decisions(namespace, packet, hook) if decision.stops), None)


class _Walk:
    """One packet through one back end's tables. mark is None once it is not known any more."""

    def __init__(self, tables: Tables, packet: Packet) -> None:
        self._tables = tables
        self._packet = packet
        self._mark = packet.mark
        self._perhaps: list[Decision] = []

    def through(self, hook: str) -> Decision:
        """Table by table, as the kernel calls them; nat sees the first packet of a connection only."""
        tables = ["raw", "mangle"] + ([] if self._packet.reply else ["nat"])
        stations = [(table, "PREROUTING") for table in tables] if self._packet.iif else []
        stations += [(table, hook) for table in (*tables, "filter", "security")]
        decision = Decision(ACCEPT, "filter", hook)
        for table, chain in stations:
            decision = self._base(table, chain)
            if decision.verdict != ACCEPT:
                return decision
        return decision

    def _base(self, table: str, name: str) -> Decision:
        """A built-in chain; rules that perhaps matched count only where they would have decided otherwise."""
        chain = self._tables.get(table, {}).get(name)
        return Decision(ACCEPT, table, name) if chain is None else self._called(table, chain)

    def native(self, base: BaseChain) -> Decision:
        """A base chain of native nftables."""
        return dataclasses.replace(self._called(base.table, base.chain), hook=base.hook)

    def _called(self, table: str, chain: Chain) -> Decision:
        self._perhaps = []
        found = self._chain(table, chain, 0)
        if found is None:
            found = Decision(DROP if chain.policy == "DROP" else ACCEPT, table, chain.name, None, chain.packets)
        doubt = next(
            (other for other in self._perhaps if other.stops is not found.stops or other.verdict == UNKNOWN), None
        )
        return Decision(UNKNOWN, table, chain.name, doubt.rule) if doubt else found

    def _chain(self, table: str, chain: Chain, depth: int) -> Decision | None:
        """The decision of a chain; None where it returns."""
        if depth > _MAX_DEPTH:
            return Decision(UNKNOWN, table, chain.name)
        for rule in chain.rules:
            matched = self._matches(rule)
            if matched is False:
                continue
            before = self._mark
            found = self._target(table, rule, depth)
            if matched is None:
                self._mark = before if self._mark == before else None
                if found is not _CONTINUE:
                    self._perhaps.append(found or Decision(UNKNOWN, table, chain.name, rule))
            elif found is not _CONTINUE:
                return found
        return None

    def _target(self, table: str, rule: FilterRule, depth: int) -> Decision | None:
        """What the rule's target does: a decision, None to return from the chain, _CONTINUE to go on."""
        target = rule.target
        if target == "RETURN":
            return None
        if target in _GO_ON:
            return _CONTINUE
        if target in ("MARK", "CONNMARK"):
            self._set_mark(rule)
            return _CONTINUE
        verdict = {"ACCEPT": ACCEPT, "DROP": DROP, "REJECT": REJECT}.get(t.cast(str, target))
        if verdict is not None or target in _TRANSLATE:
            return Decision(verdict or ACCEPT, table, rule.chain, rule, rule.packets)
        chain = self._tables.get(table, {}).get(t.cast(str, target))
        if chain is None:
            return Decision(UNKNOWN, table, rule.chain, rule)
        found = self._chain(table, chain, depth + 1)
        return _CONTINUE if found is None and not rule.goto else found

    def _set_mark(self, rule: FilterRule) -> None:
        """--set-xmark zeroes the mask's bits and XORs the value; --set-mark ORs it (iptables-extensions(8))."""
        for option in ("--set-xmark", "--set-mark", "--or-mark"):
            argument = rule.option(option) if rule.target == "MARK" else None
            if argument is not None and self._mark is not None:
                value, mask = _masked(argument)
                kept = self._mark if option == "--or-mark" else self._mark & ~mask
                self._mark = kept ^ value if option == "--set-xmark" else kept | value
                return
        self._mark = None

    # -- matches ---------------------------------------------------------------------------------------------
    def _matches(self, rule: FilterRule) -> bool | None:
        """Whether the rule matches; None when one of its matches is not understood and no other one fails."""
        words = rule.words
        certain: bool | None = True
        position = 0
        while position < len(words) and words[position] not in ("-j", "-g"):
            inverted = words[position] == "!"
            position += inverted
            word = words[position] if position < len(words) else ""
            argument = words[position + 1] if position + 1 < len(words) else ""
            answer, used = self._match(word, argument)
            position += used
            if answer is None:
                certain = None
            elif answer is inverted:
                return False
        return certain

    def _match(self, word: str, argument: str) -> tuple[bool | None, int]:
        """The answer of one match and how many words it has."""
        packet = self._packet
        answers: t.Mapping[str, t.Callable[[], bool | None]] = {
            "-m": lambda: True if argument in _MATCHES else None,
            "-s": lambda: _within(packet.source, argument),
            "-d": lambda: _within(packet.destination, argument),
            "-i": lambda: _device(packet.iif, argument),
            "-o": lambda: _device(packet.oif, argument),
            "-p": lambda: argument in (packet.protocol, "all"),
            "--comment": lambda: True,
            "--nfacct-name": lambda: True,
            "--ctstate": lambda: bool(packet.states & set(argument.split(","))),
            "--state": lambda: bool(packet.states & set(argument.split(","))),
            "--mark": lambda: self._has_mark(argument),
            "--dport": lambda: self._has_port(argument),
            "--dports": lambda: self._has_port(argument),
            "--icmp-type": lambda: _icmp_type(packet, argument),
            "--dst-type": lambda: False if argument == "LOCAL" and packet.oif and packet.iif else None,
        }
        if word in answers:
            return answers[word](), 2
        if word == "--syn":
            return not packet.reply, 1
        return None, 2 if argument and not argument.startswith("-") and argument != "!" else 1

    def _has_port(self, argument: str) -> bool | None:
        if self._packet.protocol not in ("tcp", "udp"):
            return False
        return None if self._packet.dport is None else _ports(self._packet.dport, argument)

    def _has_mark(self, argument: str) -> bool | None:
        if self._mark is None:
            return None
        value, mask = _masked(argument)
        return self._mark & mask == value


_CONTINUE = Decision("continue", "", "")


def _masked(text: str) -> tuple[int, int]:
    """VALUE[/MASK]."""
    value, _slash, mask = text.partition("/")
    return int(value, 0), int(mask, 0) if mask else 0xFFFFFFFF


def _within(address: str, prefixes: str) -> bool | None:
    try:
        networks = [ipaddress.ip_network(prefix, strict=False) for prefix in prefixes.split(",")]
    except ValueError:
        return None
    parsed = ipaddress.ip_address(address)
    return any(parsed.version == network.version and parsed in network for network in networks)


def _device(name: str | None, pattern: str) -> bool:
    if name is None:
        return False
    return name.startswith(pattern[:-1]) if pattern.endswith("+") else name == pattern


def _ports(port: int, text: str) -> bool | None:
    try:
        for part in text.split(","):
            low, colon, high = part.partition(":")
            if int(low or 0) <= port <= int(high or (65535 if colon else low)):
                return True
    except ValueError:
        return None
    return False


def _icmp_type(packet: Packet, argument: str) -> bool:
    """Echo request and reply are the only types that are walked."""
    if packet.protocol != "icmp":
        return False
    return argument in (
        ("0", "0/0", "echo-reply", "any", "255") if packet.reply else ("8", "8/0", "echo-request", "any", "255")
    )
