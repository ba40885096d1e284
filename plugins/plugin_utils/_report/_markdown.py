# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The report as Markdown for tickets: the content of the HTML report, in GitHub's and GitLab's dialect.

Text from elsewhere is escaped, so that it shows as it is: no markup, no HTML, no links, no broken tables.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Finding, Step
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report import _wording
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._content import Flow, JsonObject, Report, load
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._grouping import Branch, Grouped, group
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._limits import not_measured
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._printable import one_line, printable
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._prose import blocks, spans
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._text import path_text

_RESULT_SIGNS = {"fault": "❌", "healthy": "✅", "inconclusive": "❓"}
_STATUS_SIGNS = {"pass": "✅", "fail": "❌", "skipped": "⏭️", "error": "⚠️"}
# Characters that mean something to a Markdown reader; < > & become entities. An underscore within a word is plain.
_SPECIAL = re.compile(r"[\\`*{}\[\]#|~]|(?<!\w)_|_(?!\w)")
# What starts a list, a rule or the underline of a heading.
_START = re.compile(r"^(\s*)(?:([-+=])(?=[-+=\s]|$)|(\d{1,9})([.)])(?=\s|$))")
_MENTION = re.compile(r"(?<!\w)@(?=\w)")


def render_markdown(findings: JsonObject, context: JsonObject) -> str:
    """The report as one Markdown document."""
    report = load(findings, context)
    grouped = group(report)
    parts = (
        _verdict(report, grouped),
        _path(report),
        _findings(grouped),
        _steps(report),
        _probes(report),
        _captures(report),
        _gaps(report),
        _run(report),
    )
    return "\n\n".join(line for part in parts for line in part) + "\n"


def render_markdown_verdict(findings: JsonObject, context: JsonObject, most: int) -> str:
    """The verdict alone, for a chat or a ticket: whole paragraphs, at most so many characters."""
    report = load(findings, context)
    kept: list[str] = []
    size = 0
    for paragraph in _verdict(report, group(report)):
        size += len(paragraph) + 2
        if size > most:
            kept.append("…")
            break
        kept.append(paragraph)
    return "\n\n".join(kept) + "\n"


def escape(text: str) -> str:
    """A text on one line that Markdown shows as it is, also within a table."""
    text = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _SPECIAL.sub(r"\\\g<0>", text)
    text = _START.sub(lambda found: found[1] + (f"\\{found[2]}" if found[2] else f"{found[3]}\\{found[4]}"), text)
    # A joiner of no width keeps a name from notifying somebody.
    return _MENTION.sub("@\u200c", text)


def code(text: str) -> str:
    """A text as code within a line; the fence is longer than any run of backticks in it."""
    text = one_line(text)
    if not text:
        return ""
    fence = "`" * (_longest_run(text) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def block(text: str, language: str = "text") -> str:
    """A text as a block of code."""
    text = printable(text)
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _cell(text: str, is_code: bool = False) -> str:
    """A table cell: a pipe ends a cell even within code, so code with one is shown as text."""
    return code(text) if is_code and "|" not in text else escape(text)


def _table(heads: t.Sequence[str], rows: t.Iterable[t.Sequence[str]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def _prose(text: str) -> t.Iterator[str]:
    """Advice with its lists and commands."""
    for part in blocks(text) if text.strip() else ():
        if part.kind in ("command", "code"):
            yield block(part.texts[0], "sh" if part.kind == "command" else "text")
        elif part.kind == "paragraph":
            yield _inline(part.texts[0])
        else:
            ordered = part.kind == "ordered"
            numbered = enumerate(part.texts, start=part.first)
            yield "\n".join(f"{f'{number}.' if ordered else '-'} {_inline(item)}" for number, item in numbered)


def _inline(text: str) -> str:
    return "".join(code(piece) if is_code else escape(piece) for is_code, piece in spans(text))


def _bullets(pairs: t.Iterable[tuple[str, str]]) -> t.Iterator[str]:
    """Names and values, already escaped, as one list; values that are empty are left out."""
    shown = [f"- **{name}:** {value}" for name, value in pairs if value]
    if shown:
        yield "\n".join(shown)


def _details(summary: str, content: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>\n\n{content}\n\n</details>"


# -- verdict -------------------------------------------------------------------------------------------------------
def _verdict(report: Report, grouped: Grouped) -> t.Iterator[str]:
    verdict = report.verdict
    sign = _RESULT_SIGNS.get(verdict.result, "❓")
    yield f"# {sign} {escape(_wording.result_word(verdict))}: {escape(_wording.summary(report))}"
    yield escape(_wording.question(report))
    for number, branch in enumerate(grouped.causes):
        yield from _cause(report, branch, number == 0)
    known = {branch.finding.id for branch in grouped.causes}
    unknown = [name for name in verdict.root_causes if name not in known]
    if unknown or not grouped.causes:
        pairs = [("Root cause", ", ".join(code(name) for name in unknown))]
        if verdict.result != "healthy":
            pairs += [
                ("Where", escape(_wording.location(verdict.location))),
                ("Confidence", escape(_wording.confidence(verdict.confidence))),
            ]
        yield from _bullets(pairs)
        if verdict.remediation.strip():
            yield "## What to do next"
            yield from _prose(verdict.remediation)


def _cause(report: Report, branch: Branch, is_first: bool) -> t.Iterator[str]:
    finding, verdict = branch.finding, report.verdict
    where = _wording.location(finding.location) or (_wording.location(verdict.location) if is_first else "")
    sure = finding.confidence or (verdict.confidence if is_first else "")
    advice = finding.remediation or (verdict.remediation if is_first else "")
    name = "Root cause" if is_first else "Further root cause"
    yield from _bullets(
        (
            (name, ": ".join(filter(None, (code(finding.id), escape(finding.title))))),
            ("Where", escape(where)),
            ("Confidence", escape(_wording.confidence(sure))),
            ("Seen", escape(verdict.proof if is_first else "")),
            ("Explains", ", ".join(code(each.finding.id) for each in branch.consequences)),
        )
    )
    if advice.strip():
        yield "## What to change"
        yield from _prose(advice)


def _path(report: Report) -> t.Iterator[str]:
    lines = path_text(report)
    yield "## Path"
    yield block("\n".join(lines)) if lines else "No path is known."


# -- findings ------------------------------------------------------------------------------------------------------
def _findings(grouped: Grouped) -> t.Iterator[str]:
    if not (grouped.causes or grouped.others or grouped.info):
        return
    yield "## Findings"
    for branch in grouped.causes:
        yield from _branch(branch, "root cause", 3)
    for branch in grouped.others:
        yield from _branch(branch, "", 3)
    if grouped.info:
        content = "\n\n".join(line for branch in grouped.info for line in _branch(branch, "", 3))
        yield _details(f"{_wording.plural(len(grouped.info), 'observation')} without harm now", content)


def _branch(branch: Branch, part: str, level: int) -> t.Iterator[str]:
    finding = branch.finding
    about = ", ".join(filter(None, (finding.severity, finding.confidence, part)))
    yield f"{'#' * level} {code(finding.id)} {escape(finding.title)}"
    yield " ".join(filter(None, (f"*{escape(about)}*" if about else "", escape(_wording.location(finding.location)))))
    yield from _bullets((("Expected", _inline(finding.expected)), ("Observed", _inline(finding.observed))))
    yield from _evidence(finding)
    if part != "root cause" and finding.remediation.strip():
        yield "**What to change**"
        yield from _prose(finding.remediation)
    if finding.docs:
        yield f"Documentation: {finding.docs if _is_plain_link(finding.docs) else escape(finding.docs)}"
    for each in branch.consequences:
        yield from _branch(each, f"consequence of {finding.id}", min(level + 1, 6))


def _is_plain_link(text: str) -> bool:
    return re.fullmatch(r"https?://[-A-Za-z0-9./_#]+", text) is not None


def _evidence(finding: Finding) -> t.Iterator[str]:
    if finding.evidence:
        rows = [(_cell(each.kind), _cell(each.ref, True), _cell(each.text)) for each in finding.evidence]
        yield _table(("Evidence", "Reference", "What it shows"), rows)


# -- measurements --------------------------------------------------------------------------------------------------
def _steps(report: Report) -> t.Iterator[str]:
    yield "## Steps"
    if not report.steps:
        yield "No step was recorded."
        return
    yield _table(("Step", "Status", "Time", "What it asked", "What it found"), [_step(step) for step in report.steps])
    numbers = "\n".join(
        line for step in report.steps if step.numbers for line in (f"[{one_line(step.name)}]", *step.numbers)
    )
    if numbers:
        yield _details("The numbers", block(numbers))


def _step(step: Step) -> tuple[str, ...]:
    seconds = "" if step.status == "skipped" else _wording.seconds(step.seconds)
    status = f"{_STATUS_SIGNS.get(step.status, '❓')} {escape(step.status or 'unknown')}"
    return (_cell(step.title), status, seconds, _cell(step.asks), _cell(step.summary))


def _probes(report: Report) -> t.Iterator[str]:
    yield "## Probes"
    if not report.probes:
        yield "No probe was sent."
        return
    heads = ("Probe", "From", "To", "Result", "Outcome", "Loss", "min / avg / max ms", "Measured")
    rows = []
    for probe in report.probes:
        target, socket = _wording.place(probe.target), _wording.socket(probe.target)
        again = " (again, while capturing)" if probe.phase == "capture" else ""
        lost = " ".join(filter(None, (_wording.loss(probe), f"({_wording.answered(probe)})" if probe.sent else "")))
        rows.append(
            (
                _cell(f"{_wording.role(probe)}{again}"),
                _cell(_wording.place(probe.source)),
                _cell(socket if target == probe.target.address else f"{target} {socket}"),
                f"{_STATUS_SIGNS.get(probe.status, '❓')} {escape(probe.status or 'unknown')}",
                _cell(_wording.outcome(probe)),
                _cell(lost),
                _wording.rtt(probe),
                _cell("; ".join(_wording.measured(probe))),
            )
        )
    yield _table(heads, rows)


def _captures(report: Report) -> t.Iterator[str]:
    yield "## Captures"
    if not report.captures and not report.flows:
        yield "No packets were captured."
        return
    rows = [
        (
            _cell(each.node),
            _cell(each.device, True),
            _wording.count(each.packets),
            _wording.count(each.dropped),
            _cell(each.error) if each.error else _cell(each.file, True),
        )
        for each in report.captures
    ]
    yield _table(("Node", "Device", "Packets", "Dropped by the kernel", "File"), rows)
    if report.flows:
        heads = ("Probe", "Last seen forward", "Missing forward", "Last seen reply", "Missing reply", "Certain")
        yield _table(heads, [_flow(flow) for flow in report.flows])


def _flow(flow: Flow) -> list[str]:
    name = f"{flow.probe_id} by {flow.destination}" if flow.destination else flow.probe_id
    places = (flow.last_forward, flow.missing_forward, flow.last_reply, flow.missing_reply)
    certain = "; ".join((_wording.proof(flow), *flow.notes))
    return [_cell(name), *(_cell(place or "–") for place in places), _cell(certain)]


def _gaps(report: Report) -> t.Iterator[str]:
    yield "## Not measured"
    gaps = not_measured(report)
    if not gaps:
        yield "Every step ran and every probe has a result."
        return
    yield _table(("What", "Why"), [(_cell(gap.what), _cell(gap.why)) for gap in gaps])


def _run(report: Report) -> t.Iterator[str]:
    run = report.run
    yield "## Run"
    yield from _bullets(
        (
            ("Run", code(run.run_id)),
            ("Started", escape(_wording.moment(run.started))),
            ("Finished", escape(_wording.moment(run.finished))),
            ("From", escape(f"{report.source.text}: {_wording.endpoint(report.source)}")),
            ("To", escape(f"{report.destination.text}: {_wording.endpoint(report.destination)}")),
            ("Nodes", escape(", ".join(report.nodes))),
            ("Versions", ", ".join(f"{escape(name)} {escape(value)}" for name, value in run.versions)),
            ("Options", ", ".join(f"{escape(name)}={escape(value)}" for name, value in run.options if value)),
        )
    )
