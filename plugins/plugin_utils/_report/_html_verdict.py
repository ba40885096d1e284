# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The top of the HTML report: the answer, the cause, where it is and what to change."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report import _wording
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._content import Probe, Report
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._grouping import Branch, Grouped
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._html_parts import (
    SIGNS,
    change,
    confidence,
    css_class,
    facts,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._limits import not_measured
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._markup import Child, Markup, element, join

_SIGNS = {"fault": "M6 6l8 8 M14 6l-8 8", "healthy": "M5.5 10.5l3 3 6-6.5"}


def verdict_section(report: Report, grouped: Grouped) -> Markup:
    """The verdict card."""
    verdict = report.verdict
    answer = element(
        "div",
        _sign(verdict.result),
        element(
            "div",
            element("p", _wording.result_word(verdict), class_="word"),
            element("h1", _wording.summary(report)),
            element("p", _wording.question(report), class_="question"),
        ),
        class_="answer",
    )
    return element(
        "section",
        answer,
        element("div", _results(report), _causes(report, grouped), class_="body"),
        _gaps(report),
        class_=f"card verdict {css_class(verdict.result)}",
        aria_label="Verdict",
    )


def _sign(result: str) -> Markup:
    data = _SIGNS.get(result)
    drawn = element("path", d=data) if data else element("text", "?", x=10, y=15)
    return element("div", element("svg", drawn, viewBox="0 0 20 20", aria_hidden="true"), class_="sign")


# -- causes --------------------------------------------------------------------------------------------------------
def _causes(report: Report, grouped: Grouped) -> list[Markup]:
    found = [_cause(report, branch, index == 0) for index, branch in enumerate(grouped.causes)]
    known = {branch.finding.id for branch in grouped.causes}
    found += [_unexplained(report, name) for name in report.verdict.root_causes if name not in known]
    return found or _undecided(report)


def _undecided(report: Report) -> list[Markup]:
    """What there is to say without a root cause: nothing of a healthy network."""
    verdict = report.verdict
    where, advice = _wording.location(verdict.location), change(verdict.remediation, "What to do next")
    if verdict.result == "healthy" or not (where or verdict.confidence or advice):
        return []
    pairs: list[tuple[str, Child]] = [("Where", where), ("Confidence", confidence(verdict.confidence))]
    told = facts(pairs, "facts") if where or verdict.confidence else None
    return [element("div", told, advice, class_="cause" if told and advice else "cause single")]


def _cause(report: Report, branch: Branch, is_first: bool) -> Markup:
    """One root cause; what the verdict says of the first stands in where the finding itself says nothing."""
    finding, verdict = branch.finding, report.verdict
    where = _wording.location(finding.location) or (_wording.location(verdict.location) if is_first else "")
    sure = finding.confidence or (verdict.confidence if is_first else "")
    advice = finding.remediation or (verdict.remediation if is_first else "")
    pairs: list[tuple[str, Child]] = [
        ("Root cause" if is_first else "Further root cause", _name(finding, f"#finding-{branch.number}")),
        ("Where", where),
        ("Confidence", confidence(sure)),
        ("Seen", verdict.proof if is_first else ""),
        ("Explains", [_name_line(each) for each in branch.consequences]),
    ]
    told = change(advice)
    return element("div", facts(pairs, "facts"), told, class_="cause" if told else "cause single")


def _name(finding: Finding, anchor: str) -> Markup:
    return join(element("a", finding.id or "unnamed", href=anchor, class_="id"), element("div", finding.title))


def _name_line(branch: Branch) -> Markup:
    name = element("a", branch.finding.id, href=f"#finding-{branch.number}", class_="mono")
    return element("div", name)


def _unexplained(report: Report, name: str) -> Markup:
    """A root cause the verdict names without a finding of that id."""
    pairs: list[tuple[str, Child]] = [
        ("Root cause", element("span", name, class_="id")),
        ("Where", _wording.location(report.verdict.location)),
        ("Confidence", confidence(report.verdict.confidence)),
    ]
    told = change(report.verdict.remediation)
    return element("div", facts(pairs, "facts"), told, class_="cause" if told else "cause single")


# -- results in numbers --------------------------------------------------------------------------------------------
def _results(report: Report) -> Markup:
    tiles: list[tuple[str, Child]] = [
        ("From", _end(report.source.text, _wording.endpoint(report.source))),
        ("To", _end(report.destination.text, _wording.endpoint(report.destination))),
        *_measured(report),
    ]
    return facts(tiles, "tiles")


def _end(text: str, resolved: str) -> Markup | None:
    return join(text, element("small", resolved) if resolved else None) if text else None


def _measured(report: Report) -> t.Iterator[tuple[str, Child]]:
    """Ping, TCP, UDP and path MTU in one tile each, where they were measured (of several sizes one that failed)."""
    for name, role in (("Ping", "ping"), ("TCP", "tcp"), ("UDP", "udp")):
        probes = [probe for probe in report.probes if probe.role == role and probe.phase != "capture"]
        measured = [probe for probe in probes if probe.status in ("pass", "fail")]
        if measured:
            yield name, _answered(measured)
    sized = [probe for probe in report.probes if probe.role in ("mtu", "tcp-mtu") and probe.sizes]
    for probe in sorted(sized, key=lambda each: each.status == "pass")[:1]:
        if probe.sizes:
            yield "Path MTU", join(_wording.largest(probe.sizes), element("small", _wording.size_limits(probe.sizes)))


def _answered(probes: list[Probe]) -> Markup:
    sent = sum(probe.sent or 0 for probe in probes)
    received = sum(probe.received or 0 for probe in probes)
    timed = next((probe for probe in probes if probe.rtt), None)
    words = dict.fromkeys(_wording.outcome(probe) for probe in probes)
    below: Child = ", ".join(filter(None, words))
    if timed and received:
        below = ["min / avg / max ", element("span", f"{_wording.rtt(timed)} ms", class_="nowrap")]
    status = "pass" if all(probe.status == "pass" for probe in probes) else "fail"
    sign = element("span", SIGNS[status], class_=status, aria_hidden="true")
    return join(sign, f" {received} of {sent} answered", element("small", below))


def _gaps(report: Report) -> Markup | None:
    gaps = not_measured(report)
    if not gaps:
        return None
    what = _wording.plural(len(gaps), "thing was", "things were")
    return element(
        "p", f"{what} not measured: ", element("a", "what, and why", href="#not-measured"), ".", class_="gaps"
    )
