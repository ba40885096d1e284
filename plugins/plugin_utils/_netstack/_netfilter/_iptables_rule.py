# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""One line of iptables-save as a rule."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import (
    _iptables_matches,
    _iptables_targets,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._iptables_words import words_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import (
    Match,
    Rule,
    RuleId,
    Target,
)

_GENERAL = frozenset(("-s", "-d", "-i", "-o", "-p"))
_COUNTERS = re.compile(r"\[(\d+):\d+\] ")


@dataclasses.dataclass(frozen=True)
class RuleReader:
    """Reads the rules of one table. command: iptables, ip6tables-legacy …; chains: those of the table."""

    backend: str
    family: str
    table: str
    command: str
    chains: t.Container[str]

    def read(self, number: int, line: str) -> Rule:
        """The rule of a line."""
        found = _COUNTERS.match(line)
        text = line[found.end() :] if found else line
        words = words_of(text)
        statements, comment = self._statements(words[2:], text)
        return Rule(
            id=RuleId(self.backend, self.family, self.table, words[1], number),
            statements=statements,
            text=text,
            packets=int(found.group(1)) if found else None,
            comment=comment,
            remove=(self.command, "-t", self.table, "-D", *words[1:]),
        )

    def _statements(self, words: t.Sequence[str], text: str) -> tuple[tuple[Match | Target, ...], str | None]:
        """Conditions first, and the target; what cannot be read is one condition that is not understood."""
        groups, target = _grouped(words)
        statements: list[Match | Target] = []
        comment: str | None = None
        for module, options in groups:
            if module == "comment":
                comment = options[1] if len(options) > 1 else None
                continue
            try:
                statements.extend(_iptables_matches.read(module, options, self.family))
            except (ValueError, IndexError, KeyError):
                shown = " ".join((*(("-m", module) if module else ()), *options))
                statements.append(Match("unknown", {"of": module}, text=shown))
        try:
            statements.extend(_iptables_targets.read(target, self.chains, self.family))
        except (ValueError, IndexError, KeyError):
            statements.append(Target("UNKNOWN", {}, " ".join(target)))
        return tuple(statements), comment


def _grouped(words: t.Sequence[str]) -> tuple[list[tuple[str, list[str]]], list[str]]:
    """Options by the match that they belong to, first those that need no -m; and the words from -j or -g on.

    The target is the last of a line; a comment may hold anything.
    """
    groups: list[tuple[str, list[str]]] = [("", [])]
    position = 0
    while position < len(words):
        word = words[position]
        if word in ("-j", "-g"):
            return groups, list(words[position:])
        if word == "-m" and position + 1 < len(words):
            groups.append((words[position + 1], []))
            position += 2
            continue
        if word == "--comment" and position + 1 < len(words):
            groups[-1][1].extend(words[position : position + 2])
            position += 2
            continue
        if word in _GENERAL and position + 1 < len(words):
            # iptables-save prints these first, people anywhere.
            negation = [groups[-1][1].pop()] if groups[-1][1][-1:] == ["!"] else []
            groups[0][1].extend([*negation, word, words[position + 1]])
            position += 2
            continue
        groups[-1][1].append(word)
        position += 1
    return groups, []
