# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""From a bundle to findings and reports: the one way in for the runbook, its single steps and the offline analysis."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._analyse import analyse
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import load
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._captures import index_captures
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._html import render_html
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._json import render_json
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._junit import render_junit
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._markdown import (
    render_markdown,
    render_markdown_verdict,
)

JsonObject = dict[str, t.Any]


def analyse_bundle(bundle: Bundle) -> JsonObject:
    """findings.json for what the bundle holds by now."""
    index_captures(bundle)
    evidence = load(
        plan=bundle.plan(),
        cluster=bundle.cluster(),
        snapshots=bundle.snapshots(),
        probes=bundle.probes(),
        captures=bundle.captures_index(),
        events=bundle.events(),
    )
    return analyse(evidence).to_json()


def report_context(bundle: Bundle) -> JsonObject:
    """What a report shows beside the findings."""
    return {
        "manifest": bundle.manifest(),
        "plan": bundle.plan(),
        "probes": bundle.probes(),
        "captures": bundle.captures_index(),
        "events": bundle.events(),
    }


def short_report(bundle: Bundle, findings: JsonObject, most: int = 6000) -> str:
    """The verdict in Markdown, short enough for one event of a job and for a chat."""
    return render_markdown_verdict(findings, report_context(bundle), most)


def write_reports(bundle: Bundle, findings: JsonObject) -> dict[str, str]:
    """Write report.html, report.md, report.json and report.xml, seal the bundle, and return their paths."""
    context = report_context(bundle)
    rendered = {
        "html": render_html(findings, context),
        "md": render_markdown(findings, context),
        "json": render_json(findings, context),
        "xml": render_junit(findings, context),
    }
    paths = {
        kind: str(bundle.write_bytes(f"report.{kind}", text.encode("utf-8", "replace")))
        for kind, text in rendered.items()
    }
    bundle.seal()
    return paths
