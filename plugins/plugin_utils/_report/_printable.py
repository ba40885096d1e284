# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Text from elsewhere made safe to show: names, notes and command output may hold anything.

Control characters (a terminal would obey them), bidirectional overrides (they reorder what a person reads) and
characters that XML forbids are written as visible escapes such as ``\\x1b`` or ``\\u202e``.
"""

from __future__ import annotations

import unicodedata

# Joiners that ordinary words of some scripts need.
_JOINERS = "\u200c\u200d"
# Control, surrogate, unassigned (with the noncharacters), line and paragraph separators.
_ESCAPED_CATEGORIES = ("Cc", "Cs", "Cn", "Zl", "Zp")
LONGEST = 8000


def printable(text: str, longest: int = LONGEST) -> str:
    """Several lines of text without anything invisible; newlines and tabs stay. Cut after `longest` characters."""
    text = text.replace("\r\n", "\n")
    if len(text) > longest:
        text = f"{text[:longest]}… ({len(text) - longest} more characters)"
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if _is_harmless(character) else _escape(character) for character in text)


def one_line(text: str, longest: int = LONGEST) -> str:
    """The same on one line: a newline is shown as ``\\n``, a tab as ``\\t``."""
    return printable(text, longest).replace("\n", "\\n").replace("\t", "\\t")


def width(text: str) -> int:
    """How many columns the text takes where every character has the same width (East Asian wide ones take two)."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def shorten(text: str, columns: int) -> str:
    """The text in at most so many columns, with an ellipsis in the middle: both ends of a name tell things apart."""
    if width(text) <= columns:
        return text
    head, tail = "", ""
    for front, back in zip(text, reversed(text)):
        if width(head) + width(tail) + _character_width(front) + _character_width(back) + 1 > columns:
            break
        head, tail = head + front, back + tail
    return f"{head}…{tail}"


def wrap(text: str, columns: int, lines: int = 0) -> list[str]:
    """Lines of at most so many columns; a word longer than a line is broken. `lines` > 0 limits how many (then …)."""
    result: list[str] = []
    for paragraph in text.split("\n"):
        result.extend(_wrap_paragraph(paragraph, columns))
    if lines and len(result) > lines:
        last = result[lines - 1]
        while width(last) > columns - 1:
            last = last[:-1]
        result = [*result[: lines - 1], f"{last}…"]
    return result


def _wrap_paragraph(paragraph: str, columns: int) -> list[str]:
    lines = [""]
    for word in paragraph.split():
        for piece in _pieces(word, columns):
            joined = f"{lines[-1]} {piece}" if lines[-1] else piece
            if width(joined) <= columns:
                lines[-1] = joined
            else:
                lines.append(piece)
    return lines


def _pieces(word: str, columns: int) -> list[str]:
    """The word in pieces that fit; a break comes after a separator where there is one in the second half."""
    pieces = []
    while width(word) > columns:
        cut = _fitting(word, columns)
        separator = max(word.rfind(each, cut // 2, cut) for each in "/.:-_,")
        cut = separator + 1 if separator > 0 else cut
        pieces.append(word[:cut])
        word = word[cut:]
    return [*pieces, word] if word else pieces


def _fitting(word: str, columns: int) -> int:
    """How many characters fit, at least one."""
    taken = 0
    for count, character in enumerate(word):
        taken += _character_width(character)
        if taken > columns:
            return max(1, count)
    return len(word)


def _is_harmless(character: str) -> bool:
    if character in "\n\t" or character in _JOINERS:
        return True
    category = unicodedata.category(character)
    return category not in _ESCAPED_CATEGORIES and category != "Cf"


def _escape(character: str) -> str:
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
