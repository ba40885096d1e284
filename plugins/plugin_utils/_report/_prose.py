# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Advice as written by the rules, taken apart: paragraphs, lists and commands.

The notation is the part of Markdown that also reads well as plain text: a line that starts with ``$ `` is a command,
one that starts with four spaces or stands between ``` fences is code, ``- `` and ``1. `` start list items, and
`backticks` mark code within a line.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

_ITEM = re.compile(r"(?:[-*]|(\d{1,3})[.)]) +(.+)")
_FENCE = "```"


@dataclasses.dataclass(frozen=True)
class Block:
    """kind is paragraph, command or code (one text), ordered or bullets (one text per item; `first` is its number)."""

    kind: str
    texts: tuple[str, ...]
    first: int = 1


def blocks(text: str) -> tuple[Block, ...]:
    """The blocks of a text, in order."""
    found: list[tuple[str, list[str], int]] = []
    fenced = apart = False
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.strip().startswith(_FENCE):
            fenced, apart = not fenced, True
        elif fenced:
            _append(found, "code", line, 1, apart)
            apart = False
        elif not line.strip():
            apart = True
        else:
            kind, content, number = _kind(line)
            if found and found[-1][0] == "command" and found[-1][1][-1].endswith("\\"):
                kind, content = "command", line.rstrip()
            _append(found, kind, content, number, apart and kind not in ("ordered", "bullets"))
            apart = False
    return tuple(_block(kind, lines, first) for kind, lines, first in found)


def _append(found: list[tuple[str, list[str], int]], kind: str, content: str, number: int, apart: bool) -> None:
    """Add a line to the last block when it is of the same kind and nothing stands between."""
    if found and found[-1][0] == kind and not apart:
        found[-1][1].append(content)
    else:
        found.append((kind, [content], number))


def spans(text: str) -> t.Iterator[tuple[bool, str]]:
    """A line as (is code, text) pieces. A backtick without its partner stays a backtick."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        pieces[-2:] = [f"{pieces[-2]}`{pieces[-1]}"]
    for index, piece in enumerate(pieces):
        if piece:
            yield index % 2 == 1, piece


def _kind(line: str) -> tuple[str, str, int]:
    """What a line is, its text, and the number of a list item."""
    stripped = line.strip()
    if stripped.startswith("$ "):
        return "command", stripped[2:].strip(), 1
    item = _ITEM.match(stripped)
    if item:
        return "ordered" if item.group(1) else "bullets", item.group(2), int(item.group(1) or 1)
    if line.startswith(("    ", "\t")):
        return "code", line.rstrip(), 1
    return "paragraph", stripped, 1


def _block(kind: str, lines: list[str], first: int) -> Block:
    if kind == "code":
        margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
        return Block(kind, ("\n".join(line[margin:].rstrip() for line in lines).strip("\n"),))
    if kind in ("command", "paragraph"):
        return Block(kind, (("\n" if kind == "command" else " ").join(lines),))
    return Block(kind, tuple(lines), first)
