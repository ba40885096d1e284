# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The report as JUnit XML: a CI system shows verdict, steps and findings as test cases.

Elements and attributes are those of the JUnit schema that Jenkins, GitLab, GitHub actions and Azure read.
"""

from __future__ import annotations

import re
import typing as t
from xml.etree import ElementTree

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Finding, Step
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report import _wording
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._content import JsonObject, Report, load
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._grouping import Branch, group
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._printable import one_line, printable

_NAME = "podnet.diagnostics"


class Case(t.NamedTuple):
    """One test case: outcome is passed, failure, error or skipped."""

    name: str
    outcome: str
    kind: str
    message: str
    text: str
    seconds: float


def render_junit(findings: JsonObject, context: JsonObject) -> str:
    """The report as one JUnit XML document."""
    report = load(findings, context)
    suites = [
        ("verdict", [_verdict(report)]),
        ("steps", [_step(step) for step in report.steps]),
        ("findings", _unique([_finding(branch, part) for branch, part in _findings(report)])),
    ]
    every = [case for name, cases in suites for case in cases]
    root = ElementTree.Element("testsuites", {"name": _NAME, **_totals(every)})
    for name, cases in suites:
        _suite(root, name, cases, report)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _findings(report: Report) -> t.Iterator[tuple[Branch, str]]:
    grouped = group(report)
    for branch in (*grouped.causes, *grouped.others, *grouped.info):
        part = "root cause" if branch in grouped.causes else ""
        for each in branch.walk():
            yield each, part if each is branch else f"consequence of {branch.finding.id}"


# -- cases ---------------------------------------------------------------------------------------------------------
def _verdict(report: Report) -> Case:
    verdict = report.verdict
    outcome = {"healthy": "passed", "fault": "failure"}.get(verdict.result, "error")
    causes = ", ".join(verdict.root_causes)
    text = _lines(
        (
            ("Root cause", causes),
            ("Where", _wording.location(verdict.location)),
            ("Confidence", verdict.confidence),
            ("What to change", verdict.remediation),
        )
    )
    return Case(
        _wording.question(report), outcome, causes or verdict.result or "none", _wording.summary(report), text, 0.0
    )


def _step(step: Step) -> Case:
    outcome = {"pass": "passed", "fail": "failure", "skipped": "skipped"}.get(step.status, "error")
    text = "\n".join(filter(None, (step.asks, step.summary, *step.numbers)))
    name = step.name if step.title == step.name else f"{step.name}: {step.title}"
    return Case(name, outcome, step.status or "unknown", step.summary or step.title, text, step.seconds or 0.0)


def _finding(branch: Branch, part: str) -> Case:
    finding = branch.finding
    where = _wording.location(finding.location)
    text = _lines(
        (
            ("Part", part),
            ("Severity", finding.severity),
            ("Confidence", finding.confidence),
            ("Where", where),
            ("Expected", finding.expected),
            ("Observed", finding.observed),
            *(("Evidence", _evidence(finding, index)) for index in range(len(finding.evidence))),
            ("What to change", finding.remediation),
            ("Documentation", finding.docs),
        )
    )
    outcome = "passed" if finding.severity == "info" else "failure"
    name = f"{finding.id} ({where})" if where else finding.id
    return Case(name, outcome, finding.id, finding.title or finding.id, text, 0.0)


def _evidence(finding: Finding, index: int) -> str:
    evidence = finding.evidence[index]
    return f"{evidence.kind}: {evidence.text}" + (f" ({evidence.ref})" if evidence.ref else "")


def _lines(pairs: t.Iterable[tuple[str, str | None]]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in pairs if value)


def _unique(cases: list[Case]) -> list[Case]:
    """Cases with names of their own: a parser takes two of the same name for one."""
    seen: dict[str, int] = {}
    result = []
    for case in cases:
        seen[case.name] = seen.get(case.name, 0) + 1
        result.append(case._replace(name=f"{case.name} #{seen[case.name]}") if seen[case.name] > 1 else case)
    return result


# -- XML -----------------------------------------------------------------------------------------------------------
def _suite(root: ElementTree.Element, name: str, cases: list[Case], report: Report) -> None:
    full_name = f"{_NAME}.{name}"
    skipped = sum(1 for case in cases if case.outcome == "skipped")
    attributes = {"name": full_name, **_totals(cases), "skipped": str(skipped)}
    started = re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", report.run.started)
    if started:
        attributes["timestamp"] = started.group()
    suite = ElementTree.SubElement(root, "testsuite", attributes)
    if report.run.run_id:
        properties = ElementTree.SubElement(suite, "properties")
        ElementTree.SubElement(properties, "property", {"name": "run_id", "value": one_line(report.run.run_id)})
    for case in cases:
        _case(suite, full_name, case)


def _case(suite: ElementTree.Element, class_name: str, case: Case) -> None:
    name = one_line(case.name) or "unnamed"
    attributes = {"name": name, "classname": class_name, "time": f"{case.seconds:.3f}"}
    element = ElementTree.SubElement(suite, "testcase", attributes)
    if case.outcome == "passed":
        if case.text:
            ElementTree.SubElement(element, "system-out").text = printable(case.text)
        return
    details = {"message": one_line(case.message)}
    if case.outcome != "skipped":
        details["type"] = one_line(case.kind)
    ElementTree.SubElement(element, case.outcome, details).text = printable(case.text)


def _totals(cases: list[Case]) -> dict[str, str]:
    return {
        "tests": str(len(cases)),
        "failures": str(sum(1 for case in cases if case.outcome == "failure")),
        "errors": str(sum(1 for case in cases if case.outcome == "error")),
        "time": f"{sum(case.seconds for case in cases):.3f}",
    }
