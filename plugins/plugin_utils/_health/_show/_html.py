# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The health of the cluster as one HTML file that needs nothing else: no script, no font, no image from anywhere.

A few nodes have a table with a cell for each pair. Many have one drawing of all pairs, sums between zones, and a table
of those rows and columns alone in which something fails.
"""

from __future__ import annotations

import statistics
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._duration import format_go_duration
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._paths import DOWN, HTTP, links
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._statements import (
    HEALTHY,
    NOT_KNOWN,
    UNHEALTHY,
    Finding,
    Verdict,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._sums import (
    Sum,
    ages,
    latencies,
    seen_by_others,
    sees_others,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import PATHS, Matrix
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._show import _heatmap
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._show._html_style import HEAT_STYLE
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._show._text import cell_text, state_word
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._wording import PATH_WORDS, old, plural
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._html_parts import (
    badge,
    change,
    css_class,
    facts,
    page_head,
    row,
    section,
    table,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._markup import Child, Markup, element, join
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._style import STYLE

# Up to so many nodes every pair has a cell with a sign; above, only rows and columns in which something fails.
MOST_IN_TABLE = 40
_MOST_NODES_LISTED = 100
_MOST_ZONES = 30
_MOST_SUMS, _MOST_CELLS = 12, 12
_CLASSES = {HEALTHY: "healthy", UNHEALTHY: "fault", NOT_KNOWN: "inconclusive"}
_WORDS = {HEALTHY: "Healthy", UNHEALTHY: "Unhealthy", NOT_KNOWN: "Unknown"}
_BADGES = {HEALTHY: "healthy", UNHEALTHY: "fail", NOT_KNOWN: "unknown"}
_FOOTNOTE = (
    "Rows are the nodes that ask, columns the nodes and pods that answer; what is not known is never shown as good."
)
_DRAWN = {HEALTHY: "M5.5 10.5l3 3 6-6.5", UNHEALTHY: "M6 6l8 8 M14 6l-8 8"}


def render_html(matrix: Matrix, verdict: Verdict, *, time: str, cluster: str, namespace: str, probed: bool) -> str:
    """The page (which is well-formed XML too)."""
    sections = [("Matrix", _matrix(matrix))]
    if verdict.findings:
        sections.append(("Findings", _findings(verdict)))
    sections.append(("Nodes", _nodes(matrix, verdict)))
    sections.append(("Run", _run(matrix, time, cluster, namespace, probed)))
    page = element(
        "html",
        page_head(f"{_WORDS[verdict.result]}: health of the pod network", STYLE + HEAT_STYLE),
        element(
            "body",
            _header(time, [name for name, _section in sections]),
            element("main", _verdict(matrix, verdict, probed), [content for _name, content in sections]),
            element("footer", element("p", _FOOTNOTE)),
        ),
        lang="en",
    )
    return f"<!DOCTYPE html>\n{page.source}\n"


def _header(time: str, names: t.Sequence[str]) -> Markup:
    return element(
        "header",
        element("span", "podnet.diagnostics", class_="brand"),
        element("span", "Health of the pod network", class_="muted"),
        element("span", time, class_="when"),
        element(
            "nav",
            element("ul", [element("li", element("a", name, href=f"#{name.lower()}")) for name in names]),
            aria_label="Sections",
        ),
    )


# -- the verdict ---------------------------------------------------------------------------------------------------
def _verdict(matrix: Matrix, verdict: Verdict, probed: bool) -> Markup:
    data = _DRAWN.get(verdict.result)
    drawn = element("path", d=data) if data else element("text", "?", x=10, y=15)
    answer = element(
        "div",
        element("div", element("svg", drawn, viewBox="0 0 20 20", aria_hidden="true"), class_="sign"),
        element(
            "div",
            element("p", _WORDS[verdict.result], class_="word"),
            element("h1", verdict.summary),
            element("p", "Does every node reach every other, and its pods?", class_="question"),
        ),
        class_="answer",
    )
    return element(
        "section",
        answer,
        element("div", facts(_tiles(matrix, verdict, probed), "tiles"), class_="body"),
        class_=f"card verdict {css_class(_CLASSES[verdict.result])}",
        aria_label="Verdict",
    )


def _tiles(matrix: Matrix, verdict: Verdict, probed: bool) -> list[tuple[str, Child]]:
    counts = {
        state: sum(1 for each in verdict.states.values() if each == state)
        for state in ("healthy", "unhealthy", "unknown", "aside")
    }
    judged = len(matrix.judged())
    parts = [
        f"{counts[state]} {word}"
        for state, word in (("unhealthy", "unhealthy"), ("unknown", "unknown"), ("aside", "listed apart"))
        if counts[state]
    ]
    youngest, oldest = ages(matrix)
    tiles: list[tuple[str, Child]] = [
        (
            "Nodes",
            join(f"{counts['healthy']} of {judged} healthy", element("small", ", ".join(parts)) if parts else None),
        )
    ]
    for path in PATHS:
        found = links(matrix, path)
        down = sum(1 for word in found.values() if word == DOWN)
        tiles.append(
            (
                f"Paths to {PATH_WORDS[path]}s",
                join(f"{down} of {len(found)} down", element("small", _times(matrix, path))),
            )
        )
    if youngest is not None and oldest is not None:
        tiles.append(
            (
                "Results",
                join(f"{old(youngest, oldest)} old", element("small", "probed now" if probed else "last results")),
            )
        )
    return tiles


def _times(matrix: Matrix, path: str) -> str:
    found = latencies(matrix)
    parts = [
        f"{word} {statistics.median(found[f'{path} {protocol}']) / 1e6:.2f} ms"
        for protocol, word in (("icmp", "ICMP"), ("http", "HTTP"))
        if found.get(f"{path} {protocol}")
    ]
    return f"median {', '.join(parts)}" if parts else "no answer"


# -- the matrix ----------------------------------------------------------------------------------------------------
def _matrix(matrix: Matrix) -> Markup:
    order = sorted(matrix.judged(), key=lambda name: (matrix.nodes[name].zone, _heatmap.natural(name)))
    if matrix.only:
        wanted = [name for name in order if name in matrix.only]
        return section(
            "matrix",
            "Matrix",
            plural(len(wanted), "node"),
            element("div", _of_some(matrix, wanted, order), _heatmap.legend(), class_="card"),
        )
    shown = _small(matrix, order) if len(order) <= MOST_IN_TABLE else _large(matrix, order)
    return section(
        "matrix", "Matrix", plural(len(order), "node"), element("div", shown, _heatmap.legend(), class_="card")
    )


def _figure(path: str, *content: Child) -> Markup:
    return element("figure", element("figcaption", _title(path)), *content)


def _small(matrix: Matrix, order: t.Sequence[str]) -> Markup:
    maps = [_figure(path, _heatmap.table(matrix, path, order, order, _title(path))) for path in reversed(PATHS)]
    return element("div", maps, class_="maps two" if len(order) <= 6 else "maps")


def _large(matrix: Matrix, order: t.Sequence[str]) -> Markup:
    drawings = [_figure(path, _heatmap.drawing(matrix, path, order)) for path in reversed(PATHS)]
    zoned = ", by zone" if any(matrix.nodes[name].zone for name in order) else ""
    note = (
        f"One square for each pair, from top to bottom the asking nodes, from left to right the others{zoned}; what"
        " fails is drawn larger, what is not known is left empty."
    )
    return join(
        element("div", drawings, class_="maps two"),
        element("p", note, class_="note"),
        _zones(matrix, order),
        _failing(matrix),
    )


def _of_some(matrix: Matrix, wanted: t.Sequence[str], order: t.Sequence[str]) -> Markup:
    """The rows and the columns of the nodes that were asked about."""
    maps = [
        _figure(
            path,
            _heatmap.table(matrix, path, wanted, order, f"{_title(path)}, rows", "What they see"),
            _heatmap.table(matrix, path, order, wanted, f"{_title(path)}, columns", "How they are seen"),
        )
        for path in reversed(PATHS)
    ]
    return element("div", maps, class_="maps")


def _title(path: str) -> str:
    return "To pods" if path == "endpoint" else "To nodes"


def _zones(matrix: Matrix, order: t.Sequence[str]) -> Markup | None:
    """How many known paths are down between each two zones."""
    zones = sorted({matrix.nodes[name].zone for name in order})
    if not 1 < len(zones) <= _MOST_ZONES:
        return None
    down: dict[tuple[str, str], int] = {}
    known: dict[tuple[str, str], int] = {}
    for (source, destination), word in links(matrix, "endpoint").items():
        border = (matrix.nodes[source].zone, matrix.nodes[destination].zone)
        known[border] = known.get(border, 0) + 1
        down[border] = down.get(border, 0) + (word == DOWN)
    rows = [
        row(
            [
                source or "no zone",
                *(_border(down.get((source, other), 0), known.get((source, other), 0)) for other in zones),
            ]
        )
        for source in zones
    ]
    return table(
        "Between zones: paths to pods that are down, of those known",
        ["from ↓ to →", *(zone or "no zone" for zone in zones)],
        rows,
    )


def _border(down: int, known: int) -> Markup:
    if not known:
        return element("span", "· none known", class_="muted")
    return badge("fail" if down else "pass", f"{down} of {known}")


def _failing(matrix: Matrix) -> Markup:
    """Sums of the rows and columns in which something fails, the worst first, and the cells of the worst."""
    found = {path: links(matrix, path) for path in PATHS}
    rows: dict[str, int] = {}
    columns: dict[str, int] = {}
    for known in found.values():
        for (source, destination), word in known.items():
            if word in (DOWN, HTTP):
                rows[source] = rows.get(source, 0) + 1
                columns[destination] = columns.get(destination, 0) + 1
    if not rows:
        return element("p", "No path that is known fails.", class_="note")
    weight = {name: rows.get(name, 0) + columns.get(name, 0) for name in {*rows, *columns}}
    worst = sorted(weight, key=lambda name: (-weight[name], _heatmap.natural(name)))[:_MOST_SUMS]
    left = f"; {len(weight) - len(worst)} more have fewer" if len(weight) > len(worst) else ""
    heads = ["Node", "To its node", "To its pod", "From it to nodes", "From it to pods"]
    sums = [row([name, *(_fails(found[path], name, end) for end in (1, 0) for path in PATHS)]) for name in worst]
    most = [
        sorted(each, key=lambda name: (-each[name], _heatmap.natural(name)))[:_MOST_CELLS] for each in (rows, columns)
    ]
    return join(
        table(f"Rows and columns in which something fails, of the paths known, the worst first{left}", heads, sums),
        [
            _heatmap.table(
                matrix,
                path,
                most[0],
                most[1],
                f"{_title(path)}: the worst rows and columns",
                f"{_title(path)}: the worst rows and columns",
            )
            for path in reversed(PATHS)
        ],
    )


def _fails(known: t.Mapping[tuple[str, str], str], name: str, end: int) -> Markup:
    words = [word for pair, word in known.items() if pair[end] == name]
    return _border(sum(1 for word in words if word in (DOWN, HTTP)), len(words))


# -- findings and nodes --------------------------------------------------------------------------------------------
def _findings(verdict: Verdict) -> Markup:
    return section("findings", "Findings", str(len(verdict.findings)), [_finding(each) for each in verdict.findings])


def _finding(finding: Finding) -> Markup:
    evidence = [element("li", cell_text(cell)) for cell in finding.evidence]
    more = finding.cells - len(finding.evidence)
    return element(
        "div",
        element("div", badge(finding.severity), element("span", finding.id, class_="id"), class_="head"),
        element("h3", finding.title),
        element("p", finding.observed, class_="observed"),
        (
            element(
                "div",
                element("h4", "Evidence"),
                element("ul", evidence, element("li", f"and {plural(more, 'more probe')}") if more > 0 else None),
                class_="evidence prose",
            )
            if evidence
            else None
        ),
        change(finding.remediation, "What to do next"),
        class_=f"card finding {css_class(finding.severity)}",
    )


def _nodes(matrix: Matrix, verdict: Verdict) -> Markup:
    names = [name for name in matrix.nodes if not matrix.only or name in matrix.only]
    odd = [name for name in names if verdict.states[name] != HEALTHY]
    shown = names if len(names) <= _MOST_NODES_LISTED else odd[:_MOST_NODES_LISTED]
    zoned = any(matrix.nodes[name].zone for name in names)
    heads = [
        "Node",
        "Address",
        "State",
        *(["Zone"] if zoned else []),
        "Others reach its node",
        "Others reach its pod",
        "It reaches nodes",
        "It reaches pods",
        "Note",
    ]
    rows = [_node(matrix, verdict, name, zoned) for name in shown]
    left = len(names) - len(shown)
    note = (
        element(
            "p",
            f"{plural(left, 'node')} {'more' if len(odd) > len(shown) else 'without a finding'}"
            f" {'are' if left != 1 else 'is'} not listed.",
            class_="note",
        )
        if left
        else None
    )
    return section(
        "nodes",
        "Nodes",
        plural(len(names), "node"),
        element("div", table("", heads, rows) if rows else None, note, class_="card nodes"),
    )


def _node(matrix: Matrix, verdict: Verdict, name: str, zoned: bool) -> Markup:
    node, state = matrix.nodes[name], verdict.states[name]
    sums = [count(matrix, name, path) for count in (seen_by_others, sees_others) for path in PATHS]
    note = node.aside or verdict.reasons.get(name, "")
    return row(
        [
            name,
            ", ".join(node.addresses),
            badge(_BADGES.get(state, "skipped"), state_word(state)),
            *([node.zone] if zoned else []),
            *(("" if node.aside else _fraction(each)) for each in sums),
            note,
        ]
    )


def _fraction(total: Sum) -> str:
    return f"{total.reachable}/{total.all}" + (f" ({total.unknown} unknown)" if total.unknown else "")


def _run(matrix: Matrix, time: str, cluster: str, namespace: str, probed: bool) -> Markup:
    mesh = matrix.mesh
    pairs: list[tuple[str, Child]] = [
        ("Cluster", cluster),
        ("Namespace", namespace),
        ("Time", time),
        (
            "Agents that answered",
            f"{sum(1 for answer in matrix.answers.values() if answer.report)} of {len(matrix.nodes)}",
        ),
        ("Results", "probed for this report" if probed else "the last ones of the agents"),
        ("Suspects asked again", "yes" if matrix.confirmed else "no, or there were none"),
    ]
    if mesh:
        interval, others = format_go_duration(mesh.interval), plural(mesh.partners, "other")
        pairs.append(
            (
                "Mesh",
                (
                    f"every node probes all {others}, each {interval}"
                    if mesh.all_pairs
                    else (
                        f"every node probes {others} and is probed by as many, new ones each {interval}; all pairs"
                        f" within {format_go_duration(mesh.coverage)}"
                    )
                ),
            )
        )
    if matrix.never:
        pairs.append(("Not yet probed", f"{plural(matrix.never, 'pair')}: unknown"))
    if matrix.stale:
        pairs.append(("Older than 3 intervals", f"{plural(matrix.stale, 'pair')}: unknown"))
    return section(
        "run", "Run", "", element("div", element("div", facts(pairs, ""), class_="pairs"), class_="card pairs")
    )
