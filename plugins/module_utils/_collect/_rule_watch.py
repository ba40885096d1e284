# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Who writes packet filter rules while we look: the kernel tells each change of nf_tables (nfnetlink) with its writer.

iptables of the nf_tables back end is told as well; the legacy back end tells nothing. Listening changes nothing.
The rules that a transaction takes and puts are told before it: so a sync, which writes what is there already, is told
from two programs of which one takes away what the other one puts there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import re
import socket
import struct
import typing as t

NETLINK_NETFILTER = 12
NFNLGRP_NFTABLES = 7
SOL_NETLINK = 270
NETLINK_ADD_MEMBERSHIP = 1
NFNL_SUBSYS_NFTABLES = 10
NEW_RULE, DELETE_RULE, NEW_GENERATION = 6, 8, 15
GEN_ID, GEN_PID, GEN_NAME = 1, 2, 3
RULE_TABLE, RULE_CHAIN, RULE_EXPRESSIONS = 1, 2, 4
LIST_ELEMENT, EXPRESSION_NAME, EXPRESSION_DATA = 1, 1, 2
BUFFER = 1 << 20
MAX_WRITES = 1000
MAX_FLAPPING = 20
_HEADERS = 20  # nlmsghdr and nfgenmsg
# Parts of a rule that change by themselves, and names that the kernel gives to sets of a rule's own.
_VOLATILE = (b"counter", b"quota")
_ANONYMOUS = re.compile(rb"__(set|map)\d+")

Attributes = dict[int, bytes]


@dataclasses.dataclass(frozen=True)
class Write:
    """One transaction of nf_tables. rules: what it changed for packets, 1 for a rule that came and -1 for one that
    went; a rule that is written anew as it was, as a sync does, is not among them."""

    writer: str
    rules: t.Mapping[tuple[str, str, bytes], int]


class RuleWatch:
    """Counts the changes of nf_tables in the namespace of its maker's thread, from now on."""

    def __init__(self) -> None:
        self.problem = ""
        self._sock: socket.socket | None = None
        try:
            self._sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            self._sock.bind((0, 0))
            self._sock.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, NFNLGRP_NFTABLES)
            self._sock.setblocking(False)
        except OSError as exc:
            self.problem = f"Cannot hear of changes of packet filter rules: {exc.strerror or exc}"
            self.close()

    def close(self) -> None:
        if self._sock is not None:
            self._sock.close()
            self._sock = None

    def finish(self) -> dict[str, t.Any]:
        """changes: how many since the start; writers: how many by each program's name; flapping: the chains with rules
        that went and came again, and how often; lost: the kernel had no room for some of them, so there were more."""
        writes: list[Write] = []
        reader = Transactions()
        lost = False
        while self._sock is not None and len(writes) < MAX_WRITES:
            try:
                data = self._sock.recv(1 << 16)
            except BlockingIOError:
                break
            except OSError:  # ENOBUFS
                if lost:
                    break
                lost = True
                continue
            writes.extend(reader.read(data))
        self.close()
        writers: dict[str, int] = {}
        for write in writes:
            writers[write.writer] = writers.get(write.writer, 0) + 1
        return {
            "changes": len(writes),
            "writers": writers,
            "flapping": flapping(writes),
            "lost": lost,
            "problem": self.problem or None,
        }


class Transactions:
    """Messages of the kernel as transactions: the rules first, then the generation that ends it, with its writer."""

    def __init__(self) -> None:
        self._rules: dict[tuple[str, str, bytes], int] = {}

    def read(self, data: bytes) -> t.Iterator[Write]:
        """The transactions that end in this buffer."""
        while len(data) >= _HEADERS:
            length, kind = struct.unpack_from("=IH", data)
            if length < _HEADERS or length > len(data):
                return
            subsystem, message = kind >> 8, kind & 0xFF
            attributes = dict(_attributes(data[_HEADERS:length]))
            if subsystem == NFNL_SUBSYS_NFTABLES and message in (NEW_RULE, DELETE_RULE):
                key = _rule(data[16], attributes)
                self._rules[key] = self._rules.get(key, 0) + (1 if message == NEW_RULE else -1)
            elif subsystem == NFNL_SUBSYS_NFTABLES and message == NEW_GENERATION:
                yield Write(_text(attributes.get(GEN_NAME)), {key: net for key, net in self._rules.items() if net})
                self._rules = {}
            data = data[(length + 3) & ~3 :]


def flapping(writes: t.Sequence[Write]) -> list[dict[str, t.Any]]:
    """Chains with a rule that somebody takes away and somebody puts there again, the most often first.

    turns: how often such a rule's state turned to the other one: 1 for a rule that came and went."""
    states: dict[tuple[str, str, bytes], list[int]] = {}
    writers: dict[tuple[str, str, bytes], list[str]] = {}
    for write in writes:
        for key, net in write.rules.items():
            sign = 1 if net > 0 else -1
            seen = states.setdefault(key, [])
            if not seen or seen[-1] != sign:
                seen.append(sign)
            writers.setdefault(key, []).append(write.writer)
    chains: dict[str, dict[str, t.Any]] = {}
    for key, seen in states.items():
        turns = len(seen) - 1
        name = f"{key[0]} {key[1]}"
        if turns and turns > chains.get(name, {"turns": 0})["turns"]:
            chains[name] = {"chain": name, "turns": turns, "writers": sorted(set(writers[key]))}
    return sorted(chains.values(), key=lambda entry: (-entry["turns"], entry["chain"]))[:MAX_FLAPPING]


def _rule(family: int, attributes: Attributes) -> tuple[str, str, bytes]:
    """Table, chain and content of a rule: the same for one that is put back."""
    content = hashlib.sha256()
    for kind, element in _attributes(attributes.get(RULE_EXPRESSIONS, b"")):
        if kind != LIST_ELEMENT:
            continue
        expression = dict(_attributes(element))
        name = expression.get(EXPRESSION_NAME, b"").rstrip(b"\0")
        if name not in _VOLATILE:
            content.update(name + b"\0" + _ANONYMOUS.sub(b"", expression.get(EXPRESSION_DATA, b"")) + b"\0")
    names = {2: "ip", 10: "ip6", 1: "inet", 7: "bridge", 3: "arp", 5: "netdev"}
    table = f"{names.get(family, str(family))} {_text(attributes.get(RULE_TABLE))}"
    return table, _text(attributes.get(RULE_CHAIN)), content.digest()


def _attributes(data: bytes) -> t.Iterator[tuple[int, bytes]]:
    """Kind and value of netlink attributes, as far as they make sense."""
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4 or length > len(data):
            return
        yield kind & 0x3FFF, data[4:length]
        data = data[(length + 3) & ~3 :]


def _text(value: bytes | None) -> str:
    with contextlib.suppress(UnicodeDecodeError):
        return (value or b"").rstrip(b"\0").decode("ascii") or "unknown"
    return "unknown"
