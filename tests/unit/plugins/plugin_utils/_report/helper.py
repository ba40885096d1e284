# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the report share: the example runs, and checks of markup."""

from __future__ import annotations

import copy
import html.parser
import json
import pathlib
import typing as t

FIXTURES = pathlib.Path(__file__).parent / "fixtures"
NAMES = tuple(sorted(path.stem for path in FIXTURES.glob("*.json")))

# Everything a name, a note or an answer from the network may hold. Each is a way out of some context.
HOSTILE = (
    "<script>alert(1)</script>",
    "</style></title></script><img src=x onerror=alert(1)>",
    "\" onmouseover='alert(1)' x=`y`",
    "]]> &amp; <!-- -- > $(reboot) ; | `id` \\",
    "line one\nline two\r\n\ttab | pipe\n```\n# heading\n- item",
    "\u202ecod.exe\u202c \u05e9\u05dc\u05d5\u05dd \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "\x00\x07\x1b[31mred\x1b[0m\x9b \ud800 \uffff \u2028",
    "a" * 300,
    "\u5bbd" * 80,
    "javascript:alert(1)",
)


def example(name: str) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """The findings and the context of one example run."""
    content = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    return content["findings"], content["context"]


def with_hostile(value: t.Any, hostile: str) -> t.Any:
    """A copy in which every text, also where a word of a closed set is expected, ends in the hostile one."""
    if isinstance(value, dict):
        return {key: with_hostile(item, hostile) for key, item in value.items()}
    if isinstance(value, list):
        return [with_hostile(item, hostile) for item in value]
    return f"{value}{hostile}" if isinstance(value, str) else copy.copy(value)


class Page(html.parser.HTMLParser):
    """An HTML page read as a browser would read it: its elements, ids, links, visible text, and what is unbalanced."""

    VOID = ("br", "hr", "link", "meta", "wbr")

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.problems: list[str] = []
        self.text = ""
        self.feed(source)
        self.close()
        self.problems += [f"<{tag}> is never closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.problems.append(f"</{tag}> closes {self.open[-1:]}")
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["style"], ["title"]):
            self.text += data

    def tags(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every element of that name."""
        return [attributes for name, attributes in self.elements if name == tag]

    def ids(self) -> list[str]:
        """Every id, in order."""
        return [attributes["id"] for name, attributes in self.elements if "id" in attributes]
