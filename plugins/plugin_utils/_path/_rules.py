# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Packet filter rules as iptables-save shows them, parsed."""

from __future__ import annotations

import dataclasses
import functools
import re
import typing as t

_COUNTERS = re.compile(r"\[(\d+):(\d+)\] ?")
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


@dataclasses.dataclass(frozen=True)
class FilterRule:
    """One rule: its words without the chain, its target, how many packets it matched, the command that removes it."""

    chain: str
    words: tuple[str, ...]
    target: str | None
    goto: bool
    packets: int | None
    text: str
    remove: str = ""

    def option(self, *names: str) -> str | None:
        """The argument of the first of these options, where it is not negated."""
        for position, word in enumerate(self.words[:-1]):
            if word in names and (position == 0 or self.words[position - 1] != "!"):
                return self.words[position + 1]
        return None


@dataclasses.dataclass(frozen=True)
class Chain:
    """A chain. policy is None for one that users made; packets counts what fell through to the policy."""

    name: str
    policy: str | None
    packets: int | None
    rules: tuple[FilterRule, ...]


Tables = t.Mapping[str, t.Mapping[str, Chain]]


@functools.lru_cache(maxsize=16)
def parse(text: str) -> Tables:
    """The output of iptables-save, with or without counters. A line that is no rule is left out."""
    tables: dict[str, dict[str, list[t.Any]]] = {}
    current: dict[str, list[t.Any]] = {}
    for line in text.splitlines():
        if line.startswith("*"):
            current = tables.setdefault(line[1:].strip(), {})
        elif line.startswith(":"):
            name, policy, *rest = [*line[1:].split(), "-"]
            counted = _COUNTERS.match(rest[0]) if rest else None
            current[name] = [None if policy == "-" else policy, int(counted.group(1)) if counted else None, []]
        elif line.startswith(("-A ", "[")):
            rule = _rule(line)
            if rule is not None and rule.chain in current:
                current[rule.chain][2].append(rule)
    return {
        table: {name: Chain(name, policy, packets, tuple(rules)) for name, (policy, packets, rules) in chains.items()}
        for table, chains in tables.items()
    }


def _rule(line: str) -> FilterRule | None:
    counted = _COUNTERS.match(line)
    text = line[counted.end() :] if counted else line
    words = [quoted or plain for quoted, plain in _WORD.findall(text)]
    if len(words) < 2 or words[0] != "-A":
        return None
    chain, words = words[1], words[2:]
    target, goto = None, False
    for flag in ("-j", "-g"):
        if flag in words[:-1]:
            target, goto = words[words.index(flag) + 1], flag == "-g"
            break
    return FilterRule(chain, tuple(words), target, goto, int(counted.group(1)) if counted else None, text)
