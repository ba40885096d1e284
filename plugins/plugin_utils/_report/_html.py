# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The HTML report: one file that needs nothing else. No script, no font, no image from anywhere; it prints as it is.

A content security policy in the page forbids what the page does not use, should anything ever slip through.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report import _ladder, _wording
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._content import (
    Endpoint,
    JsonObject,
    Probe,
    Report,
    load,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._grouping import Grouped, group
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._limits import not_measured
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._markup import Markup
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._pages import page
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._path_model import Picture, pictures
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._path_svg import render_path
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._style import STYLE

Pairs = list[tuple[str, str]]


def render_html(findings: JsonObject, context: JsonObject) -> str:
    """The report as one HTML document (which is well-formed XML too).

    `findings` is findings.json; `context` is {"manifest", "plan", "probes": [...], "captures": index} and may also
    have "events" ({"phase", "node", "status", "text"}), of which those that were skipped or failed are told.
    """
    report = load(findings, context)
    grouped = group(report)
    captures = context.get("captures")
    ladders = [(each, _ladder.draw(each, f"ladder-{number}")) for number, each in enumerate(_ladder.ladders(captures))]
    known = {branch.finding.id for branch in grouped.causes}
    return page(
        __name__,
        "report.html.j2",
        report=report,
        grouped=grouped,
        style=STYLE,
        sections=_sections(report, bool(ladders)),
        tiles=list(_tiles(report)),
        unexplained=[name for name in report.verdict.root_causes if name not in known],
        pictures=_drawn(report, grouped),
        ladders=ladders,
        clocks=_ladder.clock_notes(captures),
        numbered=list(enumerate(report.probes, start=1)),
        anchors=_anchors(report),
        gaps=not_measured(report),
        about=_about(report),
    )


def _sections(report: Report, has_ladders: bool) -> list[str]:
    """Every section after the verdict, for the navigation."""
    found = ["Path", *(["Findings"] if report.findings else []), "Steps", "Probes", "Captures"]
    return [*found, *(["Ladder"] if has_ladders else []), "Not measured", "Run"]


def _drawn(report: Report, grouped: Grouped) -> list[tuple[Picture, Markup]]:
    anchors: dict[str, str] = {}
    for branch in grouped.everything():
        anchors.setdefault(branch.finding.id, f"#finding-{branch.number}")
    return [(each, render_path(each, f"path-{number}", anchors)) for number, each in enumerate(pictures(report), 1)]


def _anchors(report: Report) -> dict[str, str]:
    """The row of each probe in the table of probes, by the probe's id."""
    anchors: dict[str, str] = {}
    for number, probe in enumerate(report.probes, start=1):
        anchors.setdefault(probe.id, f"probe-{number}")
    return anchors


# -- results in numbers --------------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True)
class Tile:
    """A result in a few words. times: min / avg / max in ms, in place of what stands below."""

    name: str
    text: str
    below: str
    status: str = ""
    times: str = ""


def _tiles(report: Report) -> t.Iterator[Tile]:
    """Ping, TCP, UDP and path MTU in one tile each, where they were measured (of several sizes one that failed)."""
    for name, role in (("Ping", "ping"), ("TCP", "tcp"), ("UDP", "udp")):
        probes = [probe for probe in report.probes if probe.role == role and probe.phase != "capture"]
        measured = [probe for probe in probes if probe.status in ("pass", "fail")]
        if measured:
            yield _answered(name, measured)
    sized = [probe for probe in report.probes if probe.role in ("mtu", "tcp-mtu") and probe.sizes]
    for probe in sorted(sized, key=lambda each: each.status == "pass")[:1]:
        if probe.sizes:
            yield Tile("Path MTU", _wording.largest(probe.sizes), _wording.size_limits(probe.sizes))


def _answered(name: str, probes: list[Probe]) -> Tile:
    sent = sum(probe.sent or 0 for probe in probes)
    received = sum(probe.received or 0 for probe in probes)
    timed = next((probe for probe in probes if probe.rtt), None)
    words = dict.fromkeys(_wording.outcome(probe) for probe in probes)
    status = "pass" if all(probe.status == "pass" for probe in probes) else "fail"
    times = _wording.rtt(timed) if timed and received else ""
    return Tile(name, f"{received} of {sent} answered", ", ".join(filter(None, words)), status, times)


# -- the run -------------------------------------------------------------------------------------------------------
def _about(report: Report) -> list[tuple[str, Pairs]]:
    """Who, when, with what; values that are empty are left out."""
    run = report.run
    moments = [("Started", _wording.moment(run.started)), ("Finished", _wording.moment(run.finished))]
    nodes = [("Nodes", ", ".join(report.nodes)), ("Outside limit", ", ".join(report.outside_limit))]
    ends = [("From", _end(report.source)), ("To", _end(report.destination))]
    groups: list[tuple[str, Pairs]] = [
        ("Run", [("Run", run.run_id), *moments, *nodes]),
        ("Ends", ends + [("Backend", _end(backend)) for backend in report.backends]),
        ("Versions", list(run.versions)),
        ("Options", list(run.options)),
    ]
    shown = [(title, [(name, value) for name, value in pairs if value]) for title, pairs in groups]
    return [(title, pairs) for title, pairs in shown if pairs]


def _end(end: Endpoint) -> str:
    return ": ".join(filter(None, (end.text, _wording.endpoint(end))))
