# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Which packet filter rules marked packets meet: nftables' own trace (nft(8), "meta nftrace"), of these packets alone.

The one rule that asks for it stands in a table of its own that its process owns ("flags owner", Linux 5.12): when that
process is gone, however that comes, the kernel takes the table away. Rules of the iptables-nft back end are told, those
of iptables-legacy are not. Only the node's own network namespace is traced.
"""

from __future__ import annotations

import collections
import os
import re
import shutil
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._capture import _tcpdump
from ansible_collections.podnet.diagnostics.plugins.module_utils._capture._kernel_trace import FIRST_OVERHEADS

JsonObject = dict[str, t.Any]
READY_SECONDS = 2.0
POLL_SECONDS = 0.02
READ_LIMIT = 8 << 20
MAX_ENDS = 64
IPV6_HEADER = 40
# Before raw (-300), so that every rule is told.
PRIORITY = -310
# Of what a frame is counted as on its way, those of an IP packet: bare, and within VXLAN over IPv4 and over IPv6.
_OVERHEADS = (0, 50, 70)
_PACKET = re.compile(r"^trace id (?P<id>\w+) (?P<family>\w+) (?P<table>\S+) (?P<chain>\S+) packet: (?P<fields>.*)$")
_RULE = re.compile(
    r"^trace id (?P<id>\w+) (?P<family>\w+) (?P<table>\S+) (?P<chain>\S+) "
    r"rule (?P<rule>.*?) ?\(verdict (?P<verdict>\w+)"
)
_POLICY = re.compile(r"^trace id (?P<id>\w+) (?P<family>\w+) (?P<table>\S+) (?P<chain>\S+) policy (?P<verdict>\w+)")
_COUNTER = re.compile(r"counter packets \d+ bytes \d+ ?")
_LENGTH = re.compile(r"\bip length (\d+)")
_LENGTH6 = re.compile(r"\bip6 length (\d+)")


class RuleTraceError(Exception):
    """Rules cannot be traced here; the text says why."""


def find_nft() -> str:
    """The nft of this machine. Raises RuleTraceError."""
    path = shutil.which("nft", path=_tcpdump.environment()["PATH"])
    if path is None:
        raise RuleTraceError("Cannot trace rules: nft is not installed here")
    return path


def table_name(run_id: str) -> str:
    """The table of a run; names of nft are words."""
    return "podnet_trace_" + re.sub(r"[^A-Za-z0-9]", "_", run_id)


def commands(name: str, lengths: t.Sequence[int]) -> str:
    """What makes the table, and the question whether it is there."""
    every = ", ".join(str(length + more) for length in sorted(set(lengths)) for more in _OVERHEADS)
    lines = [f"add table inet {name} {{ flags owner; }}"]
    for hook in ("prerouting", "output"):
        lines += [
            f"add chain inet {name} {hook} {{ type filter hook {hook} priority {PRIORITY}; policy accept; }}",
            f"add rule inet {name} {hook} meta length {{ {every} }} meta nftrace set 1",
        ]
    return "\n".join([*lines, f"list chain inet {name} output", ""])


def wait_ready(log: str, name: str) -> None:
    """Wait until nft has answered that the table is there. Raises RuleTraceError with what it said instead."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        text = _read(log)
        if "Error" in text:
            first = next(line for line in text.splitlines() if "Error" in line)
            raise RuleTraceError(f"Cannot trace rules: nft says {first.strip()[:200]}")
        if "nftrace set 1" in text and f"table inet {name}" in text:
            return
        time.sleep(POLL_SECONDS)
    raise RuleTraceError(f"Cannot trace rules: nft did not answer within {READY_SECONDS:.0f} s")


def ends(path: str, lengths: t.Sequence[int], own: str) -> list[JsonObject]:
    """Where marked packets ended, by the trace in that file: each chain and rule with the verdict drop, and how many
    packets of which marked length it took. own: the table that asks for the trace."""
    marked: dict[str, int] = {}
    found: collections.Counter[tuple[int, str, str, str, str]] = collections.Counter()
    for line in _read(path).splitlines():
        packet = _PACKET.match(line)
        if packet is not None:
            length = _marked(packet["fields"], lengths)
            if length is not None:
                marked.setdefault(packet["id"], length)
            continue
        told = _RULE.match(line) or _POLICY.match(line)
        if told is None or told["id"] not in marked or told["verdict"] != "drop" or told["table"] == own:
            continue
        rule = _COUNTER.sub("", told.groupdict().get("rule") or "")
        found[marked.pop(told["id"]), told["family"], told["table"], told["chain"], rule] += 1
    return [
        {"length": length, "family": family, "table": table, "chain": chain, "rule": rule or None, "packets": count}
        for (length, family, table, chain, rule), count in found.most_common(MAX_ENDS)
    ]


def _marked(fields: str, lengths: t.Sequence[int]) -> int | None:
    four, six = _LENGTH.search(fields), _LENGTH6.search(fields)
    size = int(four.group(1)) if four else int(six.group(1)) + IPV6_HEADER if six else None
    if size is None:
        return None
    return next((length for length in lengths if size - length in FIRST_OVERHEADS), None)


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read(READ_LIMIT)
    except OSError:
        return ""


def write_all(descriptor: int, text: str) -> None:
    """Hand text to a process's input."""
    data = text.encode("ascii")
    while data:
        data = data[os.write(descriptor, data) :]
