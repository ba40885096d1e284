# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The HTML report: one file that needs nothing else. No script, no font, no image from anywhere; it prints as it is.

A content security policy in the page forbids what the page does not use, should anything ever slip through.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report import _wording
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._content import JsonObject, Report, load
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._grouping import Grouped, group
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._html_findings import findings_section
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._html_measurements import (
    captures_section,
    gaps_section,
    probes_section,
    run_section,
    steps_section,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._html_parts import page_head
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._html_path import path_section
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._html_verdict import verdict_section
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._ladder import ladder_section
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._limits import not_measured
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._markup import Markup, element
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._style import STYLE


def render_html(findings: JsonObject, context: JsonObject) -> str:
    """The report as one HTML document (which is well-formed XML too).

    `findings` is findings.json; `context` is {"manifest", "plan", "probes": [...], "captures": index} and may also
    have "events" ({"phase", "node", "status", "text"}), of which those that were skipped or failed are told.
    """
    report = load(findings, context)
    grouped = group(report)
    sections = tuple(_sections(report, grouped, context.get("captures")))
    page = element(
        "html",
        page_head(f"{_wording.result_word(report.verdict)}: {_wording.question(report)}", STYLE),
        element(
            "body",
            _header(report, [name for name, section in sections]),
            element("main", verdict_section(report, grouped), [section for name, section in sections]),
            _footer(report),
        ),
        lang="en",
    )
    return f"<!DOCTYPE html>\n{page.source}\n"


def _sections(report: Report, grouped: Grouped, captures: t.Any) -> t.Iterator[tuple[str, Markup]]:
    """Every section after the verdict, with its name for the navigation."""
    yield "Path", path_section(report, grouped)
    if report.findings:
        yield "Findings", findings_section(report, grouped)
    yield "Steps", steps_section(report)
    yield "Probes", probes_section(report)
    yield "Captures", captures_section(report)
    ladder = ladder_section(captures)
    if ladder is not None:
        yield "Ladder", ladder
    yield "Not measured", gaps_section(not_measured(report))
    yield "Run", run_section(report)


def _header(report: Report, names: t.Sequence[str]) -> Markup:
    when = _wording.moment(report.run.finished or report.run.started)
    return element(
        "header",
        element("span", "podnet.diagnostics", class_="brand"),
        element("span", "Connectivity report", class_="muted"),
        element("span", when, class_="when") if when else None,
        element(
            "nav",
            element("ul", [element("li", element("a", name, href=f"#{_anchor(name)}")) for name in names]),
            aria_label="Sections",
        ),
    )


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")


def _footer(report: Report) -> Markup:
    run = f" of run {report.run.run_id}" if report.run.run_id else ""
    return element(
        "footer",
        element("p", f"Made from the evidence bundle{run} alone: the same bundle gives the same report anywhere."),
    )
