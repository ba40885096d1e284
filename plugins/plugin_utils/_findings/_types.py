# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What an analysis gives: findings with their proof, the verdict, the steps and the path (findings/v1)."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject

SCHEMA = "podnet.diagnostics/findings/v1"
DOCS = "docs/findings/{id}.md"

# How sure: one rule matched; two independent kinds of evidence agree; the failing thing itself was seen.
POSSIBLE, LIKELY, PROVEN = "possible", "likely", "proven"
CONFIDENCE = (POSSIBLE, LIKELY, PROVEN)
CRITICAL, MAJOR, MINOR, INFO = "critical", "major", "minor", "info"
SEVERITY = (CRITICAL, MAJOR, MINOR, INFO)


@dataclasses.dataclass(frozen=True)
class Location:
    """Where: as much of it as is known."""

    node: str | None = None
    namespace: str | None = None
    pod: str | None = None
    device: str | None = None
    service: str | None = None

    def to_json(self) -> JsonObject:
        """The known parts only."""
        return {key: value for key, value in dataclasses.asdict(self).items() if value is not None}

    def __str__(self) -> str:
        return ", ".join(f"{key} {value}" for key, value in self.to_json().items())


@dataclasses.dataclass(frozen=True)
class Proof:
    """One piece of evidence. kind: probe, config, simulation, counter, capture or kernel; ref: where it stands."""

    kind: str
    ref: str
    text: str

    def to_json(self) -> JsonObject:
        """As in findings.json."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or odd. `explains` are the ids of its consequences."""

    id: str
    severity: str
    confidence: str
    title: str
    location: Location
    expected: str
    observed: str
    evidence: tuple[Proof, ...]
    remediation: str
    explains: tuple[str, ...] = ()

    @property
    def proof(self) -> str:
        """What was seen at the very place: packets, the kernel's own words, counters that moved meanwhile."""
        seen = [one for one in self.evidence if one.kind in ("capture", "kernel") or one.ref.startswith("counters/")]
        first = {one.kind: one.text for one in reversed(seen)}
        return "; ".join(first[kind] for kind in ("capture", "kernel", "counter") if kind in first)

    @property
    def docs(self) -> str:
        """Its page in the collection's documentation."""
        return DOCS.format(id=self.id)

    def to_json(self) -> JsonObject:
        """As in findings.json."""
        return {
            **{
                name: getattr(self, name)
                for name in ("id", "severity", "confidence", "title", "expected", "observed", "remediation")
            },
            "location": self.location.to_json(),
            "evidence": [proof.to_json() for proof in self.evidence],
            "docs": self.docs,
            "explains": list(self.explains),
        }


@dataclasses.dataclass(frozen=True)
class Verdict:
    """healthy, fault or inconclusive; root causes with the one that explains most first. proof: what was seen of the
    first, where it is proven by what was seen on the way."""

    result: str
    root_causes: tuple[str, ...]
    confidence: str | None
    summary: str
    location: Location
    remediation: str
    proof: str = ""

    def to_json(self) -> JsonObject:
        """As in findings.json."""
        return {
            "result": self.result,
            "root_causes": list(self.root_causes),
            "root_cause": self.root_causes[0] if self.root_causes else None,
            "confidence": self.confidence,
            "summary": self.summary,
            "proof": self.proof,
            "location": self.location.to_json(),
            "remediation": self.remediation,
        }


@dataclasses.dataclass(frozen=True)
class Step:
    """A step of the runbook. status: pass, fail, skipped or error (could not be measured); numbers: lines of text."""

    name: str
    title: str
    asks: str
    status: str
    seconds: float | None
    summary: str
    numbers: tuple[str, ...] = ()

    def to_json(self) -> JsonObject:
        """As in findings.json."""
        return {**dataclasses.asdict(self), "numbers": list(self.numbers)}


@dataclasses.dataclass(frozen=True)
class Analysis:
    """All of it."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    steps: tuple[Step, ...]
    forward: tuple[JsonObject, ...]
    reverse: tuple[JsonObject, ...]
    errors: tuple[str, ...]
    disagreements: tuple[str, ...] = ()

    def to_json(self) -> JsonObject:
        """findings.json. disagreements: probes that passed although the simulation loses their packets."""
        return {
            "schema": SCHEMA,
            "verdict": self.verdict.to_json(),
            "findings": [finding.to_json() for finding in self.findings],
            "steps": [step.to_json() for step in self.steps],
            "path": {"forward": list(self.forward), "reverse": list(self.reverse)},
            "errors": list(self.errors),
            "disagreements": list(self.disagreements),
        }


def stronger(first: str, second: str) -> str:
    """The higher of two confidences."""
    return max(first, second, key=CONFIDENCE.index)


def probe_proof(probe: t.Any) -> Proof:
    """A probe as evidence."""
    return Proof("probe", probe.id, str(probe))
