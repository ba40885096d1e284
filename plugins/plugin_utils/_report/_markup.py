# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Drawings, as elements of SVG and HTML from plain values: every text and every attribute is escaped here. Pages are
made from templates (_pages.py), which take drawings as they are.

Only what `element` made is markup; a str is always text. The output is well-formed XML as well as HTML, so that a
strict parser can check a whole report.
"""

from __future__ import annotations

import dataclasses
import html
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._printable import one_line, printable

# Elements of HTML that have no content and no end tag.
_VOID = frozenset(("br", "hr", "link", "meta", "wbr"))


@dataclasses.dataclass(frozen=True)
class Markup:
    """Finished markup."""

    source: str

    def __html__(self) -> str:
        """What a template that escapes texts takes for markup."""
        return self.source


Child = t.Union[Markup, str, int, None, t.Iterable["Child"]]
Attribute = t.Union[str, int, float, bool, None]


def element(tag: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """One element. Children: text (escaped), markup, None (left out), or any nesting of lists of these.

    Attribute names: a trailing underscore goes (`class_`), other underscores become hyphens (`aria_label`).
    None and False leave the attribute out.
    """
    start = "".join(_attribute(key, value) for key, value in attributes.items())
    if tag in _VOID:
        return Markup(f"<{tag}{start} />")
    return Markup(f"<{tag}{start}>{join(*children).source}</{tag}>")


def join(*children: Child) -> Markup:
    """Several children as one piece of markup, with nothing around them."""
    return Markup("".join(_pieces(children)))


def _pieces(children: t.Iterable[Child]) -> t.Iterator[str]:
    for child in children:
        if child is None:
            continue
        if isinstance(child, Markup):
            yield child.source
        elif isinstance(child, (str, int)):
            yield html.escape(printable(str(child)))
        else:
            yield from _pieces(child)


def _attribute(name: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    shown = name if value is True else f"{value:g}" if isinstance(value, float) else str(value)
    return f' {name.rstrip("_").replace("_", "-")}="{html.escape(one_line(shown))}"'
