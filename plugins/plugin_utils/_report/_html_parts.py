# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Pieces of HTML that several sections use."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report import _wording
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._markup import Child, Markup, element, join
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._prose import Block, blocks, spans

# A sign beside each word, so that nothing rests on colour alone.
SIGNS = {
    "pass": "✓",
    "ok": "✓",
    "healthy": "✓",
    "fail": "✕",
    "broken": "✕",
    "error": "!",
    "suspect": "!",
    "skipped": "–",
    "unknown": "?",
}
KNOWN_CLASSES = frozenset((*SIGNS, "critical", "major", "minor", "info", "fault", "inconclusive"))
CONFIDENCES = ("possible", "likely", "proven")
# Nothing is fetched, and nothing runs.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def page_head(title: str, style: str) -> Markup:
    """The head of a page that needs nothing but itself. style: CSS of our own."""
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("link", rel="icon", href="data:,"),
        element("style", Markup(style)),
    )


def section(ident: str, title: str, aside: str, *children: Child) -> Markup:
    """A section with its heading; `aside` says how much is in it."""
    heading = element("h2", title, element("span", aside, class_="muted") if aside else None, id=f"{ident}-title")
    return element("section", heading, *children, id=ident, aria_labelledby=f"{ident}-title")


def css_class(word: str) -> str:
    """A class name for a word of a closed set; "unknown" for anything else."""
    return word if word in KNOWN_CLASSES else "unknown"


def badge(word: str, shown: str = "") -> Markup:
    """A status word with its sign."""
    sign = SIGNS.get(word)
    text = shown or word or "unknown"
    hidden = element("span", f"{sign} ", aria_hidden="true") if sign else None
    return element("span", hidden, text, class_=f"badge {css_class(word)}")


def confidence(word: str | None) -> Markup | None:
    """A confidence as a meter of three, the word, and what it means."""
    if not word:
        return None
    level = CONFIDENCES.index(word) + 1 if word in CONFIDENCES else 0
    bars = [element("i", class_="on" if number < level else None) for number in range(len(CONFIDENCES))]
    meaning = _wording.CONFIDENCE_MEANING.get(word)
    return join(
        element("span", bars, class_="meter", aria_hidden="true") if level else None,
        word,
        element("span", f": {meaning}", class_="muted") if meaning else None,
    )


def facts(pairs: t.Iterable[tuple[str, Child]], class_: str) -> Markup:
    """Names and values as a description list; a value of None or "" is left out."""
    shown = [element("div", element("dt", name), element("dd", value)) for name, value in pairs if value]
    return element("dl", shown, class_=class_)


def table(caption: str, heads: t.Sequence[str], rows: t.Iterable[Markup], numeric: t.Container[int] = ()) -> Markup:
    """A table that scrolls by itself where the page is narrow."""
    head = [
        element("th", name, scope="col", class_="number" if index in numeric else None)
        for index, name in enumerate(heads)
    ]
    content = element(
        "table",
        element("caption", caption) if caption else None,
        element("thead", element("tr", head)),
        element("tbody", list(rows)),
    )
    return element("div", content, class_="scroll", tabindex="0", role="region", aria_label=caption or heads[0])


def row(cells: t.Sequence[Child], numeric: t.Container[int] = (), ident: str | None = None) -> Markup:
    """One row; its first cell names it."""
    shown = [
        element(
            "td" if index else "th", cell, scope=None if index else "row", class_="number" if index in numeric else None
        )
        for index, cell in enumerate(cells)
    ]
    return element("tr", shown, id=ident)


def prose(text: str) -> Markup:
    """Advice with its lists and commands; a click on a command selects all of it."""
    return element("div", [_block(block) for block in blocks(text)], class_="prose")


def inline(text: str) -> list[Markup]:
    """A line with its code."""
    return [element("code", piece) if is_code else join(piece) for is_code, piece in spans(text)]


def _block(block: Block) -> Markup:
    if block.kind in ("command", "code"):
        return element("pre", block.texts[0], class_="command", tabindex="0", aria_label=block.kind.capitalize())
    if block.kind == "paragraph":
        return element("p", inline(block.texts[0]))
    items = [element("li", inline(text)) for text in block.texts]
    if block.kind == "ordered":
        return element("ol", items, start=block.first if block.first != 1 else None)
    return element("ul", items)


def change(text: str, heading: str = "What to change") -> Markup | None:
    """The box that says what to change."""
    if not text.strip():
        return None
    return element("div", element("h3", heading), prose(text), class_="change")
