# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The health of the cluster as lines for a terminal: cilium-health's format, and our findings in words.

The table shows every node as all the others see it. Nothing in a line can steer a terminal.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._duration import format_go_duration
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._statements import (
    ASIDE,
    HEALTHY,
    NOT_KNOWN,
    UNHEALTHY,
    Cell,
    Finding,
    Verdict,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._judge._sums import Sum, ages, seen_by_others
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import FAILED, OK, PATHS, Matrix
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._show import _cilium
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._wording import (
    PATH_WORDS,
    PROTOCOL_WORDS,
    REASON_WORDS,
    age,
    old,
    plural,
    verb,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._printable import one_line, printable, wrap
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._prose import blocks

WIDTH = 110
_LABEL = 10
# By default so many healthy nodes are listed; in the verbose tree so many lines of probes that passed.
_MOST_ROWS = 100
_MOST_TREE_LINES = 2000
_EVIDENCE = 4
# Reasons that the words of an agent may not say.
_UNCLEAR = frozenset(("wrong_pod", "bad_reply"))
# Names of colours as Ansible knows them.
_COLOURS = {
    "critical": "red",
    "major": "red",
    "minor": "yellow",
    "info": "cyan",
    UNHEALTHY: "red",
    NOT_KNOWN: "yellow",
    HEALTHY: "green",
}


@dataclasses.dataclass(frozen=True)
class Line:
    """One line, and Ansible's name of its colour ("" for none)."""

    text: str
    colour: str = ""


@dataclasses.dataclass(frozen=True)
class View:
    """What is wanted. time: RFC 3339, when the answers were there; probed: whether the agents probed for this."""

    time: str
    probed: bool = False
    succinct: bool = False
    verbose: bool = False


def render(matrix: Matrix, verdict: Verdict, view: View) -> list[Line]:
    """Table, mesh, what is listed apart, and the findings."""
    lines = [Line(text) for text in _table(matrix, verdict, view)]
    lines += [Line(""), *(Line(text) for text in _mesh(matrix, view))]
    aside = [node for node in matrix.aside() if not matrix.only or node.name in matrix.only]
    if aside and not view.succinct:
        lines += [Line(""), Line("Listed apart, not judged")]
        lines += [
            Line(text) for text in _cilium.align([f"  {one_line(node.name)}\t{one_line(node.aside)}" for node in aside])
        ]
    lines += [Line(""), *findings(verdict, view.succinct)]
    if verdict.result == NOT_KNOWN and not view.probed:
        lines.append(Line(f"{'Next':<{_LABEL}}Probe now: -e health_probe=true"))
    return lines


def render_node_view(found: dict[str, t.Any], view: View) -> list[Line]:
    """One node's own view, exactly as cilium-health prints it."""
    return [Line(text) for text in _cilium.render(found, view.succinct, view.verbose)]


def findings(verdict: Verdict, succinct: bool = False) -> list[Line]:
    """The verdict and every finding; with succinct only the alarms, in one line each."""
    lines = [Line(verdict.result.upper(), _COLOURS[verdict.result])]
    if succinct or not verdict.findings or verdict.summary != f"{verdict.findings[0].title}.":
        lines += [Line(text) for text in wrap(printable(verdict.summary), WIDTH)]
    for finding in verdict.findings:
        if succinct:
            if finding.is_alarm:
                lines.append(
                    Line(
                        f"{finding.severity.upper()}  {finding.id}: {one_line(finding.title)}",
                        _COLOURS[finding.severity],
                    )
                )
            continue
        lines += [Line(""), *_finding(finding)]
    return lines


# -- the table -----------------------------------------------------------------------------------------------------
def _table(matrix: Matrix, verdict: Verdict, view: View) -> list[str]:
    judged = [name for name in matrix.judged() if not matrix.only or name in matrix.only]
    healthy = sum(1 for name in judged if verdict.states[name] == HEALTHY)
    unknown = sum(1 for name in judged if verdict.states[name] == NOT_KNOWN)
    interval = format_go_duration(matrix.mesh.interval) if matrix.mesh else "unknown"
    lines = [_cilium.header(healthy, len(judged), view.time, interval, unknown), _cilium.HEADS]
    bad = [name for name in judged if verdict.states[name] != HEALTHY]
    if view.verbose:
        return _cilium.align([*lines, *_trees(matrix, judged)])
    wanted = bad if view.succinct or len(judged) > _MOST_ROWS else judged
    lines += [_row(matrix, name) for name in wanted[:_MOST_ROWS]]
    if len(wanted) > _MOST_ROWS or (len(wanted) < len(judged) and not view.succinct):
        lines.append("  ...")
    return _cilium.align(lines)


def _row(matrix: Matrix, name: str) -> str:
    columns = [_fraction(seen_by_others(matrix, name, path)) for path in PATHS]
    return f"  {one_line(name)}\t{','.join(matrix.nodes[name].addresses) or 'Unavailable'}\t{columns[0]}\t{columns[1]}"


def _fraction(total: Sum) -> str:
    return _cilium.fraction(total.reachable, total.all, total.unknown)


def _trees(matrix: Matrix, wanted: t.Sequence[str]) -> t.Iterator[str]:
    """The tree of cilium-health, with the asking node on each line; where it would be very long, without what
    passed.
    """
    asking = [name for name in matrix.nodes if matrix.answers.get(name) and matrix.answers[name].report]
    only_odd = 4 * len(wanted) * len(asking) > _MOST_TREE_LINES
    for name in wanted:
        yield f"  {one_line(name)}:"
        node = matrix.nodes[name]
        for path, title, ips in (
            ("host", "Host", node.addresses),
            ("endpoint", "Endpoint", node.target.ips if node.target else ()),
        ):
            if not ips:
                yield f"    {title} connectivity:\tnil"
            for number, ip in enumerate(ips):
                yield f"    {'Secondary ' if number else ''}{title} connectivity to {ip}:"
                yield from _probes(matrix, name, path, ip, asking, only_odd)


def _probes(matrix: Matrix, name: str, path: str, ip: str, asking: t.Sequence[str], only_odd: bool) -> t.Iterator[str]:
    left_out = 0
    for protocol, label in _cilium.LABELS:
        for source in asking:
            sighting = matrix.seen.get((source, name))
            probe = (
                next(
                    (
                        probe
                        for where, address, kind, probe in sighting.probes()
                        if (where, address.ip, kind) == (path, ip, protocol)
                    ),
                    None,
                )
                if sighting
                else None
            )
            if probe is None or probe.reason == "not_probed" or (only_odd and probe.state == OK):
                left_out += 1
                continue
            who = f"{one_line(source)}{' (itself)' if source == name else ''}"
            result = _cilium.connectivity(probe)
            told = (
                _cilium.shown(result)
                if probe.state in (OK, FAILED)
                else f"unknown ({REASON_WORDS.get(probe.reason, probe.reason)})"
            )
            yield f"      {label}, from {who}:\t{told}\t(Last probed: {result.get('lastProbed', '')})"
    if left_out:
        yield f"      {left_out} more {verb(left_out, 'result', 'results')}: passed or not yet probed"


# -- the rest ------------------------------------------------------------------------------------------------------
def _mesh(matrix: Matrix, view: View) -> t.Iterator[str]:
    mesh = matrix.mesh
    if mesh is None:
        yield "Mesh: no agent answered"
        return
    interval = format_go_duration(mesh.interval)
    if mesh.all_pairs:
        yield f"Mesh: every node probes all {plural(mesh.partners, 'other')}, each {interval}"
    elif not mesh.partners:
        yield "Mesh: the agents do not know one another yet"
    else:
        yield (
            f"Mesh: every node probes {plural(mesh.partners, 'other')} and is probed by as many, new ones each"
            f" {interval}; all pairs within {format_go_duration(mesh.coverage)}"
        )
    youngest, oldest = ages(matrix)
    if youngest is None or oldest is None:
        yield "Results: none that count" + _not_known(matrix)
        return
    when = "probed now" if view.probed else "the last results"
    yield f"Results: {when}, {old(youngest, oldest)} old" + _not_known(matrix)


def _not_known(matrix: Matrix) -> str:
    told = []
    if matrix.never:
        told.append(f"{plural(matrix.never, 'pair')} unknown (not yet probed)")
    if matrix.stale:
        told.append(f"{plural(matrix.stale, 'pair')} unknown (stale: older than 3 intervals)")
    return "".join(f"; {text}" for text in told)


def _finding(finding: Finding) -> t.Iterator[Line]:
    colour = _COLOURS[finding.severity]
    head = f"{finding.severity.upper():<{_LABEL}}"
    for number, text in enumerate(wrap(printable(finding.title), WIDTH - _LABEL)):
        yield Line(f"{head if not number else '':<{_LABEL}}{text}", colour)
    yield from _labelled("", f"{finding.id}: {finding.observed}")
    shown = finding.evidence[:_EVIDENCE]
    for number, cell in enumerate(shown):
        yield from _labelled("" if number else "Seen", cell_text(cell))
    if finding.cells > len(shown) > 0:
        yield from _labelled("", f"… and {finding.cells - len(shown)} more")
    yield from _advice(finding.remediation)


def cell_text(cell: Cell) -> str:
    """One probe as a piece of evidence."""
    probe = cell.probe
    word = REASON_WORDS.get(probe.reason, probe.reason)
    said = f"{probe.status} ({word})" if probe.status and probe.reason in _UNCLEAR else probe.status or word
    return (
        f"{cell.source} → {cell.destination}, {PROTOCOL_WORDS[cell.protocol]} to its {PATH_WORDS[cell.path]} {cell.ip}:"
        f" {said}, {age(probe.age)} ago"
    )


def _advice(text: str) -> t.Iterator[Line]:
    label = "Next"
    for block in blocks(text) if text.strip() else ():
        if block.kind in ("command", "code"):
            for line in printable(block.texts[0]).split("\n"):
                yield Line(f"{label:<{_LABEL}}$ {line}" if block.kind == "command" else f"{label:<{_LABEL}}{line}")
                label = ""
            continue
        for item in block.texts:
            yield from _labelled(label, item)
            label = ""


def _labelled(label: str, text: str) -> t.Iterator[Line]:
    for number, line in enumerate(wrap(printable(text), WIDTH - _LABEL)):
        yield Line(f"{'' if number else label:<{_LABEL}}{line}")


def state_word(state: str) -> str:
    """A node's state for a person."""
    return {ASIDE: "listed apart"}.get(state, state)
