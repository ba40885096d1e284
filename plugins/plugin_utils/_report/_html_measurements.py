# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Steps, probes, captures, what was not measured, and the run itself, as sections of the HTML report."""

from __future__ import annotations

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Step
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report import _wording
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._content import (
    Capture,
    Endpoint,
    Flow,
    Probe,
    Problem,
    Report,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._html_parts import (
    badge,
    facts,
    inline,
    row,
    section,
    table,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._markup import Child, Markup, element, join

# Longer ones are folded.
_MOST_NUMBERS = 6
_MOST_PROBES = 24


# -- steps ---------------------------------------------------------------------------------------------------------
def steps_section(report: Report) -> Markup:
    """The runbook step by step."""
    if not report.steps:
        return section("steps", "Steps", "", element("p", "No step was recorded.", class_="card empty"))
    total = sum(step.seconds or 0.0 for step in report.steps)
    failed = sum(1 for step in report.steps if step.status == "fail")
    aside = f"{len(report.steps)} in {_wording.seconds(total)}" + (f", {failed} failed" if failed else "")
    return section("steps", "Steps", aside, element("ol", [_step(step) for step in report.steps], class_="steps card"))


def _step(step: Step) -> Markup:
    return element(
        "li",
        element("div", badge(step.status)),
        element("h3", step.title),
        element("div", _wording.seconds(step.seconds) if step.status != "skipped" else None, class_="time"),
        element(
            "div",
            element("p", inline(step.asks), class_="muted") if step.asks else None,
            element("p", inline(step.summary), class_="lines") if step.summary else None,
            _numbers(step.numbers),
            class_="what",
        ),
    )


def _numbers(lines: tuple[str, ...]) -> Markup | None:
    if not lines:
        return None
    shown = element("pre", "\n".join(lines), class_="numbers")
    if sum(1 + line.count("\n") for line in lines) <= _MOST_NUMBERS:
        return shown
    return element("details", element("summary", f"The numbers ({_wording.plural(len(lines), 'line')})"), shown)


# -- probes --------------------------------------------------------------------------------------------------------
_PROBE_HEADS = ("Probe", "From", "To", "Result", "Loss", "min / avg / max ms", "Measured")
_PROBE_NUMBERS = (4, 5)


def probes_section(report: Report) -> Markup:
    """Every probe; where there are many, those that passed are folded."""
    probes = list(enumerate(report.probes, start=1))
    if not probes:
        return section("probes", "Probes", "", element("p", "No probe was sent.", class_="card empty"))
    passed = [pair for pair in probes if pair[1].status == "pass"]
    aside = f"{len(passed)} of {len(probes)} passed"
    if len(probes) <= _MOST_PROBES:
        return section("probes", "Probes", aside, element("div", _probe_table(probes), class_="card"))
    others = [pair for pair in probes if pair[1].status != "pass"]
    folded = element(
        "details", element("summary", f"The {len(passed)} that passed"), _probe_table(passed), class_="card"
    )
    return section(
        "probes", "Probes", aside, element("div", _probe_table(others), class_="card") if others else None, folded
    )


def _probe_table(probes: list[tuple[int, Probe]]) -> Markup:
    rows = [row(_probe(probe), _PROBE_NUMBERS, f"probe-{number}") for number, probe in probes]
    return element("div", table("", _PROBE_HEADS, rows, _PROBE_NUMBERS), class_="probes")


def _probe(probe: Probe) -> list[Child]:
    again = "again, while capturing" if probe.phase == "capture" else ""
    target, socket = _wording.place(probe.target), _wording.socket(probe.target)
    answered = _wording.answered(probe)
    return [
        _two_lines(_wording.role(probe), ", ".join(filter(None, (probe.kind, again)))),
        _two_lines(_wording.place(probe.source), probe.source.address),
        _two_lines(target, socket) if target != probe.target.address else socket,
        _two_lines(badge(probe.status), _wording.outcome(probe)),
        _two_lines(_wording.loss(probe), answered),
        _wording.rtt(probe),
        [element("div", text) for text in _wording.measured(probe)],
    ]


def _two_lines(first: Child, second: str) -> Markup:
    return join(first, element("div", second, class_="muted") if second else None)


# -- captures ------------------------------------------------------------------------------------------------------
def captures_section(report: Report) -> Markup:
    """What was captured, and where the packets of each probe were last seen."""
    if not report.captures and not report.flows:
        return section("captures", "Captures", "", element("p", "No packets were captured.", class_="card empty"))
    aside = _wording.plural(len(report.captures), "device")
    files = table(
        "Captures",
        ("Node", "Device", "Namespace", "Packets", "Dropped by the kernel", "File"),
        [_capture(capture) for capture in report.captures],
        (3, 4),
    )
    roles = {probe.id: probe for probe in reversed(report.probes)}
    flows = table(
        "Where the packets of each probe went",
        ("Probe", "Last seen forward", "Missing forward", "Last seen reply", "Missing reply", "Certain"),
        [_flow(flow, roles.get(flow.probe_id)) for flow in report.flows],
    )
    return section("captures", "Captures", aside, element("div", files, flows if report.flows else None, class_="card"))


def _capture(capture: Capture) -> Markup:
    file = (
        element("span", capture.file, class_="mono") if not capture.error else join(badge("error"), f" {capture.error}")
    )
    cells: list[Child] = [
        capture.node,
        element("span", capture.device, class_="mono"),
        capture.netns,
        _wording.count(capture.packets),
        _wording.count(capture.dropped),
        file,
    ]
    return row(cells, (3, 4))


def _flow(flow: Flow, probe: Probe | None) -> Markup:
    name = f"{_wording.role(probe)} to {_wording.socket(probe.target)}" if probe else flow.probe_id
    places = (flow.last_forward, flow.missing_forward, flow.last_reply, flow.missing_reply)
    notes = [element("div", note, class_="muted") for note in flow.notes]
    cells: list[Child] = [_two_lines(name, f"by {flow.destination}" if flow.destination else "")]
    cells += [element("span", place or "–", class_="mono") for place in places]
    return row([*cells, join(_wording.proof(flow), notes)])


# -- not measured, run ---------------------------------------------------------------------------------------------
def gaps_section(gaps: tuple[Problem, ...]) -> Markup:
    """What the report does not know."""
    if not gaps:
        text = "Every step ran and every probe has a result."
        return section("not-measured", "Not measured", "", element("p", text, class_="card empty"))
    shown = facts([(gap.what, element("span", inline(gap.why), class_="lines")) for gap in gaps], "gaps-list card")
    return section("not-measured", "Not measured", "and why", shown)


def run_section(report: Report) -> Markup:
    """The run: who, when, with what."""
    run = report.run
    about = [
        ("Run", run.run_id),
        ("Started", _wording.moment(run.started)),
        ("Finished", _wording.moment(run.finished)),
    ]
    about += [("Nodes", ", ".join(report.nodes)), ("Outside limit", ", ".join(report.outside_limit))]
    ends = [("From", _end(report.source)), ("To", _end(report.destination))]
    ends += [("Backend", _end(backend)) for backend in report.backends]
    groups = (("Run", about), ("Ends", ends), ("Versions", list(run.versions)), ("Options", list(run.options)))
    return section(
        "run", "Run", "", element("div", [_pairs(title, pairs) for title, pairs in groups], class_="pairs card")
    )


def _end(end: Endpoint) -> str:
    return ": ".join(filter(None, (end.text, _wording.endpoint(end))))


def _pairs(title: str, pairs: list[tuple[str, str]]) -> Markup | None:
    shown = [(element("dt", name), element("dd", value)) for name, value in pairs if value]
    return element("div", element("h3", title), element("dl", shown)) if shown else None
