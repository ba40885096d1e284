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
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._paths import DOWN, HTTP, Links, links
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._statements import (
    HEALTHY,
    NOT_KNOWN,
    UNHEALTHY,
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
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._markup import Markup
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._pages import page
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._style import STYLE

# Up to so many nodes every pair has a cell with a sign; above, only rows and columns in which something fails.
MOST_IN_TABLE = 40
_MOST_NODES_LISTED = 100
_MOST_ZONES = 30
_MOST_SUMS, _MOST_CELLS = 12, 12
_CLASSES = {HEALTHY: "healthy", UNHEALTHY: "fault", NOT_KNOWN: "inconclusive"}
_WORDS = {HEALTHY: "Healthy", UNHEALTHY: "Unhealthy", NOT_KNOWN: "Unknown"}
_BADGES = {HEALTHY: "healthy", UNHEALTHY: "fail", NOT_KNOWN: "unknown"}
_TITLES = {"endpoint": "To pods", "host": "To nodes"}


def render_html(matrix: Matrix, verdict: Verdict, *, time: str, cluster: str, namespace: str, probed: bool) -> str:
    """The page (which is well-formed XML too)."""
    found = {path: links(matrix, path) for path in PATHS}
    return page(
        __name__,
        "health.html.j2",
        style=STYLE + HEAT_STYLE,
        time=time,
        verdict=verdict,
        word=_WORDS[verdict.result],
        result=_CLASSES[verdict.result],
        sections=["Matrix", *(["Findings"] if verdict.findings else []), "Nodes", "Run"],
        tiles=list(_tiles(matrix, verdict, found, probed)),
        **_matrix(matrix, found),
        legend=_heatmap.legend(),
        nodes=_nodes(matrix, verdict),
        about=list(_about(matrix, time, cluster, namespace, probed)),
        cell_text=cell_text,
        plural=plural,
    )


# -- the verdict ---------------------------------------------------------------------------------------------------
def _tiles(
    matrix: Matrix, verdict: Verdict, found: t.Mapping[str, Links], probed: bool
) -> t.Iterator[tuple[str, str, str]]:
    """Name, text and what stands small beneath it."""
    states = list(verdict.states.values())
    words = (("unhealthy", "unhealthy"), ("unknown", "unknown"), ("aside", "listed apart"))
    parts = [f"{states.count(state)} {word}" for state, word in words if state in states]
    yield "Nodes", f"{states.count(HEALTHY)} of {len(matrix.judged())} healthy", ", ".join(parts)
    measured = latencies(matrix)
    for path in PATHS:
        down = sum(1 for word in found[path].values() if word == DOWN)
        yield f"Paths to {PATH_WORDS[path]}s", f"{down} of {len(found[path])} down", _times(measured, path)
    youngest, oldest = ages(matrix)
    if youngest is not None and oldest is not None:
        yield "Results", f"{old(youngest, oldest)} old", "probed now" if probed else "last results"


def _times(measured: t.Mapping[str, t.Sequence[float]], path: str) -> str:
    parts = [
        f"{word} {statistics.median(measured[f'{path} {protocol}']) / 1e6:.2f} ms"
        for protocol, word in (("icmp", "ICMP"), ("http", "HTTP"))
        if measured.get(f"{path} {protocol}")
    ]
    return f"median {', '.join(parts)}" if parts else "no answer"


# -- the matrix ----------------------------------------------------------------------------------------------------
def _matrix(matrix: Matrix, found: t.Mapping[str, Links]) -> dict[str, t.Any]:
    """The maps, and for many nodes the sums between zones and of what fails."""
    order = sorted(matrix.judged(), key=lambda name: (matrix.nodes[name].zone, _heatmap.natural(name)))
    wanted = [name for name in order if name in matrix.only] if matrix.only else order
    size = "some" if matrix.only else "small" if len(order) <= MOST_IN_TABLE else "large"
    draw = {"some": _of_some, "small": _small, "large": _large}[size]
    told: dict[str, t.Any] = {
        "shown": len(wanted),
        "size": size,
        "maps": [(_TITLES[path], draw(matrix, path, wanted, order)) for path in reversed(PATHS)],
    }
    if size == "large":
        told["zoned"] = any(matrix.nodes[name].zone for name in order)
        told["zones"], told["borders"] = _zones(matrix, order, found["endpoint"])
        told["failing"] = _failing(matrix, found)
    return told


def _small(matrix: Matrix, path: str, _wanted: t.Sequence[str], order: t.Sequence[str]) -> list[Markup]:
    return [_heatmap.table(matrix, path, order, order, _TITLES[path])]


def _large(matrix: Matrix, path: str, _wanted: t.Sequence[str], order: t.Sequence[str]) -> list[Markup]:
    return [_heatmap.drawing(matrix, path, order)]


def _of_some(matrix: Matrix, path: str, wanted: t.Sequence[str], order: t.Sequence[str]) -> list[Markup]:
    """The rows and the columns of the nodes that were asked about."""
    return [
        _heatmap.table(matrix, path, wanted, order, f"{_TITLES[path]}, rows", "What they see"),
        _heatmap.table(matrix, path, order, wanted, f"{_TITLES[path]}, columns", "How they are seen"),
    ]


class _Count(t.NamedTuple):
    """How many of the known paths are down."""

    down: int = 0
    known: int = 0

    def plus(self, down: bool) -> _Count:
        """With one more."""
        return _Count(self.down + down, self.known + 1)


def _zones(matrix: Matrix, order: t.Sequence[str], known: Links) -> tuple[list[str], dict[tuple[str, str], _Count]]:
    """How many known paths are down between each two zones; none where there is one zone, or very many."""
    names = {name: matrix.nodes[name].zone or "no zone" for name in order}
    zones = [zone or "no zone" for zone in sorted({matrix.nodes[name].zone for name in order})]
    if not 1 < len(zones) <= _MOST_ZONES:
        return [], {}
    counts = {(source, destination): _Count() for source in zones for destination in zones}
    for (source, destination), word in known.items():
        border = (names[source], names[destination])
        counts[border] = counts[border].plus(word == DOWN)
    return zones, counts


class _Failing(t.NamedTuple):
    """Sums of the worst rows and columns: of each name those to its node and its pod, from it to nodes and to pods;
    how many more there are; and the cells of the worst."""

    sums: list[tuple[str, list[_Count]]]
    more: int
    tables: list[Markup]


def _failing(matrix: Matrix, found: t.Mapping[str, Links]) -> _Failing | None:
    """The rows and columns in which something fails, the worst first; None where nothing does."""
    ends: tuple[dict[str, int], dict[str, int]] = ({}, {})
    for known in found.values():
        for pair, word in known.items():
            if word in (DOWN, HTTP):
                for end, name in zip(ends, pair):
                    end[name] = end.get(name, 0) + 1
    weight = {name: sum(end.get(name, 0) for end in ends) for name in {*ends[0], *ends[1]}}
    if not weight:
        return None
    worst = _worst_of(weight)[:_MOST_SUMS]
    sums = [(name, [_fails(found[path], name, end) for end in (1, 0) for path in PATHS]) for name in worst]
    rows, columns = (_worst_of(end)[:_MOST_CELLS] for end in ends)
    titles = {path: f"{_TITLES[path]}: the worst rows and columns" for path in reversed(PATHS)}
    tables = [_heatmap.table(matrix, path, rows, columns, title, title) for path, title in titles.items()]
    return _Failing(sums, len(weight) - len(worst), tables)


def _worst_of(weight: t.Mapping[str, int]) -> list[str]:
    return sorted(weight, key=lambda name: (-weight[name], _heatmap.natural(name)))


def _fails(known: Links, name: str, end: int) -> _Count:
    words = [word for pair, word in known.items() if pair[end] == name]
    return _Count(sum(1 for word in words if word in (DOWN, HTTP)), len(words))


# -- nodes and run -------------------------------------------------------------------------------------------------
def _nodes(matrix: Matrix, verdict: Verdict) -> dict[str, t.Any]:
    """The nodes that are listed: of many those that are not healthy."""
    names = [name for name in matrix.nodes if not matrix.only or name in matrix.only]
    odd = [name for name in names if verdict.states[name] != HEALTHY]
    shown = names if len(names) <= _MOST_NODES_LISTED else odd[:_MOST_NODES_LISTED]
    return {
        "all": len(names),
        "left": len(names) - len(shown),
        "more": len(odd) > len(shown),
        "zoned": any(matrix.nodes[name].zone for name in names),
        "rows": [_node(matrix, verdict, name) for name in shown],
    }


def _node(matrix: Matrix, verdict: Verdict, name: str) -> dict[str, t.Any]:
    node, state = matrix.nodes[name], verdict.states[name]
    sums = [count(matrix, name, path) for count in (seen_by_others, sees_others) for path in PATHS]
    return {
        "name": name,
        "addresses": ", ".join(node.addresses),
        "badge": _BADGES.get(state, "skipped"),
        "state": state_word(state),
        "zone": node.zone,
        "sums": ["" if node.aside else _fraction(each) for each in sums],
        "note": node.aside or verdict.reasons.get(name, ""),
    }


def _fraction(total: Sum) -> str:
    return f"{total.reachable}/{total.all}" + (f" ({total.unknown} unknown)" if total.unknown else "")


def _about(matrix: Matrix, time: str, cluster: str, namespace: str, probed: bool) -> t.Iterator[tuple[str, str]]:
    answered = sum(1 for answer in matrix.answers.values() if answer.report)
    yield "Cluster", cluster
    yield "Namespace", namespace
    yield "Time", time
    yield "Agents that answered", f"{answered} of {len(matrix.nodes)}"
    yield "Results", "probed for this report" if probed else "the last ones of the agents"
    yield "Suspects asked again", "yes" if matrix.confirmed else "no, or there were none"
    mesh = matrix.mesh
    if mesh:
        interval, others = format_go_duration(mesh.interval), plural(mesh.partners, "other")
        some = (
            f"every node probes {others} and is probed by as many, new ones each {interval}; all pairs within"
            f" {format_go_duration(mesh.coverage)}"
        )
        yield "Mesh", f"every node probes all {others}, each {interval}" if mesh.all_pairs else some
    if matrix.never:
        yield "Not yet probed", f"{plural(matrix.never, 'pair')}: unknown"
    if matrix.stale:
        yield "Older than 3 intervals", f"{plural(matrix.stale, 'pair')}: unknown"
