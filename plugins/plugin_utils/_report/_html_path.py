# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The picture of the path in the HTML report, its legend, and the same as a table."""

from __future__ import annotations

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report import _wording
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._content import Hop, Report
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._grouping import Grouped
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._html_parts import (
    SIGNS,
    badge,
    row,
    section,
    table,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._markup import Markup, element
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._path_model import LOST, Picture, pictures
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._path_svg import render_path


def path_section(report: Report, grouped: Grouped) -> Markup:
    """The path, drawn."""
    drawn = pictures(report)
    if not drawn:
        text = "No path is known: the run did not get far enough to follow a packet from one end to the other."
        return section("path", "Path", "", element("p", text, class_="card empty"))
    anchors: dict[str, str] = {}
    for branch in grouped.everything():
        anchors.setdefault(branch.finding.id, f"#finding-{branch.number}")
    figures = [_figure(picture, f"path-{index}", anchors) for index, picture in enumerate(drawn, start=1)]
    return section("path", "Path", "as followed through the state of the nodes", figures)


def _figure(picture: Picture, ident: str, anchors: dict[str, str]) -> Markup:
    return element(
        "figure",
        element("figcaption", picture.title),
        element(
            "div", render_path(picture, ident, anchors), class_="scroll", tabindex="0", role="group", aria_label="Path"
        ),
        _legend(picture),
        _as_table(picture),
        class_="card drawing",
    )


def _legend(picture: Picture) -> Markup:
    """Only the signs that occur."""
    hops, wires = picture.hops(), picture.wires()
    states = {hop.status for hop in hops}
    items = [
        element("li", element("b", SIGNS[status]), _wording.HOP_WORDS[status], class_=status)
        for status in ("broken", "suspect", "ok", "unknown")
        if status in states
    ]
    if any(_wording.hop_counts(hop) for hop in hops):
        items.append(element("li", element("b", "▶"), "forward packets captured", class_="forward"))
        items.append(element("li", element("b", "◀"), "reply packets captured", class_="reply"))
        items.append(element("li", element("b", "–"), "not captured there"))
    if any(LOST in (wire.along, wire.back) for wire in wires):
        items.append(element("li", element("b", "✕"), "seen before, not after", class_="broken"))
    return element("ul", items, class_="legend")


def _as_table(picture: Picture) -> Markup:
    heads = ("Hop", "Node", "Kind", "Address", "MTU", "State", "Forward", "Reply", "Note")
    numeric = (4, 6, 7)
    rows = [row(_cells(hop), numeric) for hop in picture.hops()]
    return element(
        "details", element("summary", "The path as a table"), table("", heads, rows, numeric), class_="as-table"
    )


def _cells(hop: Hop) -> list[str | Markup]:
    return [
        _wording.hop_name(hop),
        hop.node,
        _wording.KIND_WORDS.get(hop.kind, hop.kind),
        hop.address,
        _wording.count(hop.mtu),
        badge(hop.status, _wording.HOP_WORDS[hop.status]),
        _wording.count(hop.forward),
        _wording.count(hop.reply),
        " ".join(filter(None, (hop.note, ", ".join(hop.findings)))),
    ]
