# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare what a diagnosis said with what was true. Pure: two documents in, one judgement out."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from podnet_lab.truth import Cause

Json = dict[str, t.Any]
RIGHT, PLACE, CAUSE, INCONCLUSIVE, SILENT, ALARM, ERROR = (
    "right",
    "wrong place",
    "wrong cause",
    "inconclusive",
    "missed",
    "false alarm",
    "no verdict",
)


@dataclass(frozen=True)
class Judgement:
    """outcome is one of the words above; said and where are the verdict's first cause and its place."""

    outcome: str
    said: str
    where: str
    confidence: str
    false_findings: tuple[str, ...] = ()
    disagreements: int = 0

    @property
    def right(self) -> bool:
        """The true cause at the true place, all of a pair, and nothing else."""
        return self.outcome == RIGHT

    @property
    def wrong_but_proven(self) -> bool:
        """The worst of all results."""
        return self.outcome in (PLACE, CAUSE, ALARM) and self.confidence == "proven"


def no_verdict(why: str) -> Judgement:
    """A run that ended without findings."""
    return Judgement(ERROR, why, "", "")


def judge(causes: t.Sequence[Cause], findings: Json, by_kind: bool = False) -> Judgement:
    """findings.json against the true causes; none for what is harmless. by_kind: see _of_kinds."""
    verdict = findings["verdict"]
    named = list(verdict["root_causes"])
    return Judgement(
        outcome=_outcome(causes, findings, named, by_kind),
        said=" + ".join(named) or str(verdict["result"]),
        where=", ".join(f"{key} {value}" for key, value in sorted(verdict["location"].items())),
        confidence=str(verdict["confidence"] or ""),
        false_findings=_false(causes, findings, named),
        disagreements=len(findings.get("disagreements") or ()),
    )


def _outcome(causes: t.Sequence[Cause], findings: Json, named: list[str], by_kind: bool) -> str:
    result = findings["verdict"]["result"]
    if not causes:
        return {"healthy": RIGHT, "inconclusive": INCONCLUSIVE}.get(result, ALARM)
    if result != "fault":
        return INCONCLUSIVE if result == "inconclusive" else SILENT
    if by_kind:
        return _of_kinds(causes, findings, named)
    # A verdict names an id once, wherever it is true.
    if len(set(named)) != len({cause.id for cause in causes}):
        return CAUSE
    if not all(any(cause.named_by(one) for one in named) for cause in causes):
        return CAUSE
    if any(not any(cause.named_by(one) for cause in causes) for one in named):
        return CAUSE
    return RIGHT if all(_at_its_place(cause, causes, findings) for cause in causes) else PLACE


def _of_kinds(causes: t.Sequence[Cause], findings: Json, named: list[str]) -> str:
    """Where only the kind of each cause is known: all are named, and what is named is one of them, at its place."""
    brought = {one for finding in findings["findings"] if finding["id"] in named for one in finding["explains"]}
    sure = {finding["id"] for finding in findings["findings"] if finding["confidence"] == "proven"}
    roots = [
        finding
        for finding in findings["findings"]
        # What is worth knowing only is no cause, whatever its id; nor is one of an id that a root brings about, too,
        # and less sure: a consequence of it.
        if finding["severity"] != "info"
        and finding["id"] in named
        and (finding["id"] not in brought & sure or finding["confidence"] == "proven")
    ]
    if any(not any(cause.named_by(one["id"]) for cause in causes) for one in roots):
        return CAUSE
    if any(not any(cause.named_by(one["id"]) for one in roots) for cause in causes):
        return CAUSE

    def is_one(finding: Json, cause: Cause) -> bool:
        place = finding["location"]
        return cause.named_by(finding["id"]) and all(place.get(key) == one for key, one in cause.location.items())

    all_named = all(any(is_one(one, cause) for one in roots) for cause in causes)
    return RIGHT if all_named and all(any(is_one(one, cause) for cause in causes) for one in roots) else PLACE


def _at_its_place(cause: Cause, causes: t.Sequence[Cause], findings: Json) -> bool:
    """Whether a finding of that id says every part of the place that is known."""
    places = [finding["location"] for finding in findings["findings"] if cause.named_by(finding["id"])]
    alone = sum(cause.named_by(other.id) for other in causes) == 1
    if alone and cause.named_by(findings["verdict"]["root_cause"]):
        places = [findings["verdict"]["location"]]
    return any(all(place.get(key) == value for key, value in cause.location.items()) for place in places)


def _false(causes: t.Sequence[Cause], findings: Json, named: list[str]) -> tuple[str, ...]:
    """Findings above info that are neither a true cause nor a consequence of one."""
    true = {finding["id"] for finding in findings["findings"] if any(one.named_by(finding["id"]) for one in causes)}
    explained = {
        one for finding in findings["findings"] if finding["id"] in true & set(named) for one in finding["explains"]
    }
    return tuple(
        finding["id"]
        for finding in findings["findings"]
        if finding["severity"] != "info" and finding["id"] not in true | explained
    )
