# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The findings in the HTML report: expected and observed side by side, evidence, consequences beneath their cause."""

from __future__ import annotations

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report import _wording
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._content import Report
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._grouping import Branch, Grouped
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._html_parts import (
    badge,
    change,
    confidence,
    css_class,
    inline,
    row,
    section,
    table,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._markup import Child, Markup, element, link


def findings_section(report: Report, grouped: Grouped) -> Markup:
    """Every finding, causes first; what harms nothing now is folded away."""
    anchors = probe_anchors(report)
    causes = [_finding(branch, "root cause", anchors, advised=True) for branch in grouped.causes]
    others = [_finding(branch, "", anchors) for branch in grouped.others]
    aside = _wording.plural(len(report.findings), "finding")
    return section("findings", "Findings", aside, causes, others, _info(grouped.info, anchors))


def probe_anchors(report: Report) -> dict[str, str]:
    """The row of each probe in the table of probes, by the probe's id."""
    anchors: dict[str, str] = {}
    for number, probe in enumerate(report.probes, start=1):
        anchors.setdefault(probe.id, f"probe-{number}")
    return anchors


def _info(branches: tuple[Branch, ...], anchors: dict[str, str]) -> Markup | None:
    if not branches:
        return None
    summary = f"{_wording.plural(len(branches), 'observation')} without harm now"
    shown = [_finding(branch, "", anchors) for branch in branches]
    return element("details", element("summary", summary), element("div", shown, class_="inside"), class_="card folded")


def _finding(branch: Branch, part: str, anchors: dict[str, str], advised: bool = False) -> Markup:
    """One finding. `advised`: the top of the report already says what to change."""
    finding = branch.finding
    return element(
        "article",
        element(
            "div",
            badge(finding.severity),
            element("span", finding.id, class_="id"),
            element("span", part, class_="muted") if part else None,
            class_="head",
        ),
        element("h3", finding.title or finding.id),
        element("p", _wording.location(finding.location), class_="muted"),
        element("p", "Confidence: ", confidence(finding.confidence), class_="muted") if finding.confidence else None,
        _compare(finding.expected, finding.observed),
        _evidence(finding.evidence, anchors),
        None if advised else change(finding.remediation),
        _docs(finding.docs),
        _consequences(branch, anchors),
        class_=f"card finding {css_class(finding.severity)}",
        id=f"finding-{branch.number}",
    )


def _compare(expected: str, observed: str) -> Markup | None:
    if not (expected or observed):
        return None
    return element(
        "div",
        element("div", element("h4", "Expected"), element("p", inline(expected or "not stated"), class_="lines")),
        element(
            "div",
            element("h4", "Observed"),
            element("p", inline(observed or "not stated"), class_="lines"),
            class_="observed",
        ),
        class_="compare",
    )


def _evidence(evidence: tuple[Proof, ...], anchors: dict[str, str]) -> Markup | None:
    if not evidence:
        return None
    rows = [
        row([_kind(each), _reference(each.ref, anchors), element("span", inline(each.text), class_="lines")])
        for each in evidence
    ]
    return element(
        "div", element("h4", "Evidence"), table("", ("Kind", "Reference", "What it shows"), rows), class_="evidence"
    )


def _kind(evidence: Proof) -> Markup:
    return element("span", evidence.kind or "unknown", class_="kind")


def _reference(ref: str, anchors: dict[str, str]) -> Child:
    """Where the evidence is in the bundle; a probe leads to its row."""
    for name in (ref, ref.rpartition("#")[2], ref.partition(":")[2]):
        if name in anchors:
            return element("a", ref, href=f"#{anchors[name]}", class_="mono")
    return element("span", ref, class_="mono") if ref else None


def _docs(docs: str) -> Markup | None:
    if not docs:
        return None
    return element("p", "Documentation: ", link(docs, docs) if docs.startswith("http") else docs, class_="muted docs")


def _consequences(branch: Branch, anchors: dict[str, str]) -> Markup | None:
    if not branch.consequences:
        return None
    heading = "Which explains" if len(branch.consequences) == 1 else f"Which explains these {len(branch.consequences)}"
    return element(
        "div",
        element("h4", heading),
        [_finding(each, "consequence", anchors) for each in branch.consequences],
        class_="consequences",
    )
