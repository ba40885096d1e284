# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The subset of YAML that netplan files are written in, because nodes have no YAML library for our Python.

Read are block and flow mappings and lists, plain and quoted scalars on one line, and comments. Everything else is
refused with its line (anchors, aliases, tags, merge keys, block scalars, scalars over several lines, several documents,
tabs as indentation, duplicate keys): what is not understood must not become a guess about an interface.
Scalars stay text, because what they mean depends on the key (YAML 1.2.2, https://yaml.org/spec/1.2.2/).
"""

from __future__ import annotations

import dataclasses
import string
import sys
import typing as t

MAX_DEPTH = 32
NULLS = frozenset(("", "~", "null", "Null", "NULL"))
REFUSED = {
    "&": "an anchor",
    "*": "an alias",
    "!": "a tag",
    "|": "a block scalar",
    ">": "a block scalar",
    "%": "a directive",
    "@": "a reserved character",
    "`": "a reserved character",
}
ESCAPES = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "n": "\n",
    "v": "\v",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    " ": " ",
    '"': '"',
    "/": "/",
    "\\": "\\",
    "N": "\x85",
    "_": "\xa0",
}
HEX_ESCAPES = {"x": 2, "u": 4, "U": 8}
SPACE = " "


class YamlError(Exception):
    """A line that cannot be read. The reason never quotes the file, which may hold passwords."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


@dataclasses.dataclass(frozen=True)
class Scalar:
    """A scalar as it is written, quotes and escapes resolved."""

    text: str
    line: int
    quoted: bool = False

    @property
    def is_null(self) -> bool:
        """Whether it stands for nothing."""
        return not self.quoted and self.text in NULLS


@dataclasses.dataclass(frozen=True)
class Mapping:
    """A mapping; lines: the line of each key."""

    items: dict[str, Node]
    line: int


@dataclasses.dataclass(frozen=True)
class Sequence:
    """A list."""

    items: list[Node]
    line: int


Node = t.Union[Scalar, Mapping, Sequence]


@dataclasses.dataclass(frozen=True)
class _Line:
    number: int
    indent: int
    text: str


def parse(text: str) -> Node:
    """The one document of a file; a null scalar for an empty one. YamlError names the line."""
    lines = _significant(text)
    if not lines:
        return Scalar("", 1)
    parser = _Parser(lines)
    node = parser.block(lines[0].indent, 0)
    left = parser.current()
    if left is not None:
        raise YamlError(left.number, "it is indented less than the lines before it, or stands beside them")
    return node


def _significant(text: str) -> list[_Line]:
    """The lines that are neither empty, nor comments, nor the marks of the one document."""
    lines: list[_Line] = []
    started = ended = False
    for number, raw in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        content = raw.strip(" \t\r")
        if not content or content.startswith("#"):
            continue
        if _has_tab(raw):
            raise YamlError(number, "a tab is not supported")
        text = raw.rstrip(" \r")
        mark = text[:3] if text[3:4] in ("", " ") else ""
        if ended or (mark == "---" and started):
            raise YamlError(number, "several documents in a file are not supported")
        if mark == "..." and not started:
            raise YamlError(number, "the end mark of a document stands before it")
        started = True
        if mark in ("---", "..."):
            if text[3:].strip(" ") and not text[3:].strip(" ").startswith("#"):
                raise YamlError(number, "content beside a document mark is not supported")
            ended = mark == "..."
            continue
        if text.startswith("%"):
            raise YamlError(number, "a directive is not supported")
        body = text.lstrip(" ")
        lines.append(_Line(number, len(text) - len(body), body))
    return lines


def _has_tab(text: str) -> bool:
    """Whether there is a tab before the comment of a line: as indentation it is wrong, elsewhere nobody needs it."""
    before, tab, _after = text.partition("\t")
    return bool(tab) and not (" #" in before and not any(quote in before for quote in "\"'"))


class _Parser:
    """Reads blocks line by line, and what stands in a line character by character."""

    def __init__(self, lines: list[_Line]) -> None:
        self._lines = lines
        self._index = 0

    def current(self) -> _Line | None:
        """The line to read next, None at the end."""
        return self._lines[self._index] if self._index < len(self._lines) else None

    # -- blocks ----------------------------------------------------------------------------------------------
    def block(self, indent: int, depth: int) -> Node:
        """The list, mapping or scalar that begins at the current line."""
        line = self._lines[self._index]
        if depth > MAX_DEPTH:
            raise YamlError(line.number, f"it is nested more than {MAX_DEPTH} levels deep")
        if _is_item(line.text):
            return self._sequence(indent, depth)
        if _key_end(line) is not None:
            return self._mapping(indent, depth)
        return self._inline(line.text)

    def _mapping(self, indent: int, depth: int) -> Mapping:
        items: dict[str, Node] = {}
        first = self._lines[self._index].number
        while True:
            line = self.current()
            if line is None or line.indent < indent or (line.indent == indent and _is_item(line.text)):
                return Mapping(items, first)
            end = _key_end(line)
            if line.indent > indent or end is None:
                raise YamlError(
                    line.number,
                    "it is neither a key nor the value of one (check the indentation; values "
                    "over several lines are not supported)",
                )
            key = _key(line, end)
            if key in items:
                raise YamlError(line.number, "the same key stands here twice")
            rest = line.text[end + 1 :].strip(SPACE)
            if rest and not rest.startswith("#"):
                items[key] = self._inline(rest)
            else:
                self._index += 1
                items[key] = self._nested(line, indent, depth, items_beside=True)

    def _sequence(self, indent: int, depth: int) -> Sequence:
        items: list[Node] = []
        first = self._lines[self._index].number
        while True:
            line = self.current()
            if line is None or line.indent < indent or (line.indent == indent and not _is_item(line.text)):
                return Sequence(items, first)
            if line.indent > indent:
                raise YamlError(line.number, "it is indented more than the list it stands in")
            rest = line.text[1:].lstrip(SPACE)
            if not rest or rest.startswith("#"):
                self._index += 1
                items.append(self._nested(line, indent, depth, items_beside=False))
                continue
            inner = _Line(line.number, line.indent + len(line.text) - len(rest), rest)
            self._lines[self._index] = inner
            items.append(self.block(inner.indent, depth + 1))

    def _nested(self, line: _Line, indent: int, depth: int, items_beside: bool) -> Node:
        """The block below a key or a dash; a list may stand right below its key, as far left as the key."""
        following = self.current()
        if following is not None and (
            following.indent > indent or (items_beside and following.indent == indent and _is_item(following.text))
        ):
            return self.block(following.indent, depth + 1)
        return Scalar("", line.number)

    # -- inside a line ---------------------------------------------------------------------------------------
    def _inline(self, text: str) -> Node:
        """The scalar or flow collection that the rest of the current line (and, for a collection, more) holds."""
        flow = _Flow(self._lines, self._index, text)
        node = flow.value(0, in_collection=False)
        flow.expect_end()
        self._index = flow.index + 1
        return node


class _Flow:
    """Characters of a value, over line ends inside brackets."""

    def __init__(self, lines: t.Sequence[_Line], index: int, text: str) -> None:
        self._lines = lines
        self.index = index
        self._text = text
        self._at = 0

    def value(self, depth: int, in_collection: bool) -> Node:
        """One value, from its first character."""
        char = self._char()
        if depth > MAX_DEPTH:
            raise self._error(f"it is nested more than {MAX_DEPTH} levels deep")
        if char in REFUSED:
            raise self._error(f"{REFUSED[char]} is not supported")
        alone = self._text[self._at + 1 : self._at + 2] in ("", " ", *(",]}" if in_collection else ""))
        if (char in "-?:" and alone) or (char in "?:" and in_collection):
            raise self._error("a list item or a key is not supported at this place")
        if char in "[{":
            return self._list(depth) if char == "[" else self._map(depth)
        line = self._lines[self.index].number
        if char in "\"'":
            return Scalar(self._quoted(char), line, quoted=True)
        if char in "]},#":
            raise self._error("a value is missing")
        return Scalar(self._plain(in_collection), line)

    def expect_end(self) -> None:
        """Only a comment may follow."""
        rest = self._text[self._at :].lstrip(SPACE)
        if rest and not (rest.startswith("#") and self._text[: -len(rest)].endswith(SPACE)):
            raise self._error("something stands after the end of the value")

    def _error(self, reason: str) -> YamlError:
        return YamlError(self._lines[self.index].number, reason)

    def _char(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self) -> str:
        """The next character that is neither space nor comment, inside brackets: line ends do not count."""
        while True:
            before = self._text[self._at - 1 : self._at] if self._at else " "
            char = self._char()
            if char and char in SPACE:
                self._at += 1
            elif not char or (char == "#" and before in SPACE):
                if self.index + 1 >= len(self._lines):
                    raise self._error("a bracket is not closed")
                self.index += 1
                self._text, self._at = self._lines[self.index].text, 0
            else:
                return char

    def _list(self, depth: int) -> Sequence:
        line = self._lines[self.index].number
        items: list[Node] = []
        self._at += 1
        while self._skip() != "]":
            items.append(self.value(depth + 1, in_collection=True))
            if self._skip() == ":":
                raise self._error("a mapping without braces in a list is not supported")
            self._separator("]")
        self._at += 1
        return Sequence(items, line)

    def _map(self, depth: int) -> Mapping:
        line = self._lines[self.index].number
        items: dict[str, Node] = {}
        self._at += 1
        while self._skip() != "}":
            key = self.value(depth + 1, in_collection=True)
            if not isinstance(key, Scalar) or key.text == "<<":
                raise self._error("such a key is not supported")
            if key.text in items:
                raise self._error("the same key stands here twice")
            items[key.text] = Scalar("", key.line)
            if self._skip() == ":":
                if self._lines[self.index].number != key.line:
                    raise self._error("a key and its colon are on two lines")
                self._at += 1
                if self._skip() not in ",}":
                    items[key.text] = self.value(depth + 1, in_collection=True)
            self._separator("}")
        self._at += 1
        return Mapping(items, line)

    def _separator(self, end: str) -> None:
        char = self._skip()
        if char == ",":
            self._at += 1
        elif char != end:
            raise self._error(f"a comma or {end} is missing")

    def _plain(self, in_collection: bool) -> str:
        start = self._at
        text = self._text
        while self._at < len(text):
            char = text[self._at]
            following = text[self._at + 1 : self._at + 2]
            if char == "#" and self._at > start and text[self._at - 1] in SPACE:
                break
            if char == ":" and (not following or following in SPACE or (in_collection and following in ",]}")):
                if in_collection:
                    break
                raise self._error("a second key on one line")
            if in_collection and char in ",[]{}":
                break
            self._at += 1
        return text[start : self._at].strip(SPACE)

    def _quoted(self, quote: str) -> str:
        parts: list[str] = []
        self._at += 1
        while True:
            char = self._char()
            if not char:
                raise self._error("a quote is not closed on its line")
            self._at += 1
            if char == quote:
                if quote == "'" and self._char() == "'":
                    self._at += 1
                    parts.append("'")
                    continue
                return "".join(parts)
            parts.append(self._escape() if quote == '"' and char == "\\" else char)

    def _escape(self) -> str:
        char = self._char()
        self._at += 1
        if char in ESCAPES:
            return ESCAPES[char]
        length = HEX_ESCAPES.get(char, 0)
        digits = self._text[self._at : self._at + length]
        if not length or len(digits) < length or not all(digit in string.hexdigits for digit in digits):
            raise self._error("an unknown escape in double quotes")
        code = int(digits, 16)
        if code > sys.maxunicode or 0xD800 <= code <= 0xDFFF:
            raise self._error("an escape in double quotes is not a character")
        self._at += length
        return chr(code)


def _is_item(text: str) -> bool:
    return text.startswith("-") and text[1:2] in ("", " ")


def _key_end(line: _Line) -> int | None:
    """Where the colon after a line's key stands, None when the line does not begin with a key."""
    text = line.text
    if text[:1] in "[{#":
        return None
    if text[:1] in "\"'":
        flow = _Flow([line], 0, text)
        flow.value(0, in_collection=False)
        rest = text[flow._at :]
        at = flow._at + len(rest) - len(rest.lstrip(SPACE))
        return at if text[at : at + 1] == ":" and text[at + 1 : at + 2] in ("", " ") else None
    for at, char in enumerate(text):
        if char == ":" and text[at + 1 : at + 2] in ("", " "):
            return at
        if char == "#" and at and text[at - 1] in SPACE:
            return None
    return None


def _key(line: _Line, end: int) -> str:
    """The key of a line of a mapping."""
    text = line.text[:end].rstrip(SPACE)
    if not text or text[0] in REFUSED or text[0] in "[]{}," or text.startswith(("? ", ": ", "- ")) or text == "<<":
        kind = REFUSED.get(text[:1]) or "such a key"
        raise YamlError(line.number, f"{kind} is not supported")
    if text[0] in "\"'":
        node = _Flow([_Line(line.number, 0, text)], 0, text).value(0, in_collection=False)
        return node.text if isinstance(node, Scalar) else ""
    return text
