# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The report as plain lines: for Ansible's output, and with colour for people at a terminal.

Nothing in a line can steer a terminal: control characters are shown as escapes (`_printable.py`).
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Finding, Step
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report import _wording
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._content import (
    Hop,
    JsonObject,
    Report,
    load,
    load_step,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._grouping import Branch, group
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._limits import not_measured
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._path_model import pictures
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._printable import (
    one_line,
    printable,
    width,
    wrap,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._report._prose import Block, blocks

WIDTH = 100
_LABEL = 12
# The names by which Ansible knows colours, for those who show whole lines in one.
STATUS_COLOURS = {"pass": "green", "fail": "red", "skipped": "cyan", "error": "yellow"}
VERDICT_COLOURS = {"healthy": "green", "fault": "red", "inconclusive": "yellow"}
_STATUS_STYLES = {"pass": "green", "fail": "red", "skipped": "grey", "error": "amber"}
_RESULT_STYLES = {"healthy": "green", "fault": "red", "inconclusive": "amber"}
_HOP_STYLES = {"ok": "green", "broken": "red", "suspect": "amber", "unknown": "grey"}
_HOP_SIGNS = {"ok": " ", "broken": "X", "suspect": "!", "unknown": "?"}
_CODES = {"green": "32", "red": "31", "amber": "33", "grey": "90", "strong": "1", "code": "36"}


@dataclasses.dataclass(frozen=True)
class Span:
    """A piece of a line and how it is emphasised ("" for not at all)."""

    text: str
    style: str = ""


Line = tuple[Span, ...]


def render_text(findings: JsonObject, context: JsonObject, columns: int = WIDTH) -> list[str]:
    """Steps and verdict as plain lines."""
    return _plain(_everything(load(findings, context), columns))


def render_coloured_text(findings: JsonObject, context: JsonObject, columns: int = WIDTH) -> list[str]:
    """The same with ANSI colours."""
    return _coloured(_everything(load(findings, context), columns))


def verdict_lines(findings: JsonObject, context: JsonObject | None = None, columns: int = WIDTH) -> list[str]:
    """The verdict without the steps, as plain lines. Without a context only what findings.json itself knows."""
    return _plain(_verdict(load(findings, context or {}), columns))


def coloured_verdict_lines(findings: JsonObject, context: JsonObject | None = None, columns: int = WIDTH) -> list[str]:
    """The same with ANSI colours."""
    return _coloured(_verdict(load(findings, context or {}), columns))


def step_lines(step: JsonObject, columns: int = WIDTH) -> list[str]:
    """One step of findings.json as plain lines."""
    return _plain(_step(load_step(step), columns))


def coloured_step_lines(step: JsonObject, columns: int = WIDTH) -> list[str]:
    """One step of findings.json with ANSI colours."""
    return _coloured(_step(load_step(step), columns))


def path_text(report: Report) -> list[str]:
    """The path, one hop a line under its node."""
    return _plain(_path(report, WIDTH))


def _plain(lines: t.Iterable[Line]) -> list[str]:
    return ["".join(span.text for span in line).rstrip() for line in lines]


def _coloured(lines: t.Iterable[Line]) -> list[str]:
    return ["".join(_colour(span) for span in line).rstrip() for line in lines]


def _colour(span: Span) -> str:
    code = _CODES.get(span.style)
    return f"\x1b[{code}m{span.text}\x1b[0m" if code and span.text else span.text


def _everything(report: Report, columns: int) -> t.Iterator[Line]:
    for step in report.steps:
        yield from _step(step, columns)
    yield ()
    yield from _verdict(report, columns)


# -- steps ---------------------------------------------------------------------------------------------------------
def _step(step: Step, columns: int) -> t.Iterator[Line]:
    word = (step.status or "unknown").upper()
    seconds = "" if step.status == "skipped" else _wording.seconds(step.seconds)
    title = one_line(step.title)
    yield (
        Span(f"{one_line(word):<8}", _STATUS_STYLES.get(step.status, "amber")),
        Span(title, "strong"),
        Span(f"  {seconds}" if seconds else "", "grey"),
    )
    yield from _indented(step.asks, 8, columns, "grey")
    yield from _indented(step.summary, 8, columns)
    for number in step.numbers:
        for line in printable(number).split("\n"):
            yield (Span(f"{'':10}{line}", "code"),)


# -- verdict -------------------------------------------------------------------------------------------------------
def _verdict(report: Report, columns: int) -> t.Iterator[Line]:
    verdict, grouped = report.verdict, group(report)
    style = _RESULT_STYLES.get(verdict.result, "amber")
    yield (Span(_wording.result_word(verdict).upper(), style),)
    yield from _indented(_wording.summary(report), 0, columns, "strong")
    for branch in grouped.causes:
        yield ()
        yield from _cause(report, branch, columns)
    if not grouped.causes:
        yield from _without_finding(report, columns)
    yield from _section("Path", _path(report, columns))
    yield from _section("Also found", (line for branch in grouped.others for line in _short(branch.finding, columns)))
    gaps = not_measured(report)
    yield from _section("Not measured", (line for gap in gaps for line in _item(f"{gap.what}: {gap.why}", columns)))


def _section(title: str, lines: t.Iterable[Line]) -> t.Iterator[Line]:
    """A heading and its lines; nothing at all when there are none."""
    found = list(lines)
    if found:
        yield ()
        yield (Span(title, "strong"),)
        yield from found


def _cause(report: Report, branch: Branch, columns: int) -> t.Iterator[Line]:
    """One root cause; what the verdict says of the first stands in where the finding itself says nothing."""
    finding, verdict = branch.finding, report.verdict
    is_first = finding.id == verdict.root_causes[0]
    yield from _labelled("Root cause", finding.id, columns, "red")
    yield from _labelled("", finding.title, columns)
    where = _wording.location(finding.location) or (_wording.location(verdict.location) if is_first else "")
    yield from _labelled("Where", where, columns)
    sure = finding.confidence or (verdict.confidence if is_first else "")
    yield from _labelled("Confidence", _wording.confidence(sure), columns)
    yield from _labelled("Expected", finding.expected, columns)
    yield from _labelled("Observed", finding.observed, columns)
    for number, evidence in enumerate(finding.evidence):
        reference = f" ({evidence.ref})" if evidence.ref else ""
        yield from _labelled("" if number else "Evidence", f"{evidence.kind}: {evidence.text}{reference}", columns)
    consequences = [each.finding for top in branch.consequences for each in top.walk()]
    for number, consequence in enumerate(consequences):
        text = ": ".join(filter(None, (consequence.id, consequence.title)))
        yield from _labelled("" if number else "Explains", text, columns)
    yield from _advice("Change", finding.remediation or (verdict.remediation if is_first else ""), columns)


def _without_finding(report: Report, columns: int) -> t.Iterator[Line]:
    """What the verdict itself says, when no finding is its cause."""
    verdict = report.verdict
    for name in verdict.root_causes:
        yield from _labelled("Root cause", name, columns, "red")
    if verdict.result != "healthy":
        yield from _labelled("Where", _wording.location(verdict.location), columns)
        yield from _labelled("Confidence", _wording.confidence(verdict.confidence), columns)
    yield from _advice("Next", verdict.remediation, columns)


def _short(finding: Finding, columns: int) -> t.Iterator[Line]:
    severity = f" ({finding.severity}, {finding.confidence})" if finding.severity else ""
    yield from _item(f"{finding.id}{severity}: {finding.title}", columns)


def _advice(label: str, text: str, columns: int) -> t.Iterator[Line]:
    """Advice with its commands, which are never wrapped: they are there to be copied."""
    for block in blocks(text) if text.strip() else ():
        if block.kind in ("command", "code"):
            yield from _command(block)
            continue
        for number, item in enumerate(block.texts, start=block.first):
            sign = {"ordered": f"{number}. ", "bullets": "- "}.get(block.kind, "")
            yield from _labelled(label, f"{sign}{item}", columns)
            label = ""


def _command(block: Block) -> t.Iterator[Line]:
    prompt = "$ " if block.kind == "command" else "  "
    for line in printable(block.texts[0]).split("\n"):
        yield (Span(f"{'':{_LABEL}}  {prompt}"), Span(line, "code"))
        prompt = "  " if block.kind == "code" or line.endswith("\\") else "$ "


# -- path ----------------------------------------------------------------------------------------------------------
def _path(report: Report, columns: int) -> t.Iterator[Line]:
    for picture in pictures(report):
        yield (Span(f"  {picture.title}", "grey"),)
        for index, grouped in enumerate(picture.groups):
            yield (Span(f"  {one_line(grouped.title)}", "strong"),)
            for hop in grouped.hops:
                yield from _hop(hop, 4, columns)
            if index < len(picture.networks):
                yield from _hop(picture.networks[index], 2, columns)


def _hop(hop: Hop, indent: int, columns: int) -> t.Iterator[Line]:
    """A hop on one line, and beneath it what is wrong with it."""
    facts = " · ".join((*_wording.hop_facts(hop), *_wording.hop_counts(hop)))
    name = one_line(_wording.hop_name(hop))
    padding = " " * max(1, 32 - indent - width(name))
    style = _HOP_STYLES[hop.status]
    yield (
        Span(" " * indent + _HOP_SIGNS[hop.status] + " ", style),
        Span(name),
        Span(padding + one_line(facts), "grey"),
    )
    state = "" if hop.status == "ok" else _wording.HOP_WORDS[hop.status]
    told = ": ".join(filter(None, (state, ", ".join(hop.findings), hop.note)))
    yield from _indented(told, indent + 4, columns, style if state else "")


# -- lines ---------------------------------------------------------------------------------------------------------
def _indented(text: str, indent: int, columns: int, style: str = "") -> t.Iterator[Line]:
    if text.strip():
        for line in wrap(printable(text), columns - indent):
            yield (Span(" " * indent + line, style),)


def _labelled(label: str, text: str, columns: int, style: str = "") -> t.Iterator[Line]:
    """A text beside its label; nothing when there is no text."""
    if not text.strip():
        return
    for number, line in enumerate(wrap(printable(text), columns - _LABEL)):
        yield (Span(f"{'' if number else label:<{_LABEL}}", "grey"), Span(line, style))


def _item(text: str, columns: int) -> t.Iterator[Line]:
    for number, line in enumerate(wrap(printable(text), columns - 4)):
        yield (Span("    " if number else "  - "), Span(line))
