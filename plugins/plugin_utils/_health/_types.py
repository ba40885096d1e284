# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What is said about the matrix: findings with their evidence, and one verdict."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import Pair, Probe

HEALTHY, UNHEALTHY, NOT_KNOWN, ASIDE = "healthy", "unhealthy", "unknown", "aside"
SEVERITIES = ("critical", "major", "minor", "info")
# A node that such a finding names is unhealthy; the others say why something is not known, or what is odd but harmless.
ALARMS = frozenset(("critical", "major"))
MOST_EVIDENCE = 12


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """One probe as evidence."""

    source: str
    destination: str
    path: str
    protocol: str
    ip: str
    probe: Probe


@dataclasses.dataclass(frozen=True)
class Finding:
    """One statement. nodes: those it is about; cells: how many probes support it, the first of them in evidence.

    pair: the two nodes between which a diagnosis says most (from, to), and the path that fails there; remediation: what
      to do next, with commands in the notation of the reports.
    """

    id: str
    severity: str
    title: str
    observed: str
    nodes: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    evidence: tuple[Cell, ...] = ()
    cells: int = 0
    pair: Pair | None = None
    path: str = "endpoint"
    remediation: str = ""

    @property
    def is_alarm(self) -> bool:
        """Whether something is broken now."""
        return self.severity in ALARMS


@dataclasses.dataclass(frozen=True)
class Verdict:
    """result: healthy, unhealthy or unknown; states: healthy, unhealthy, unknown or aside, by node; reasons: why a
    node's state is unknown.
    """

    result: str
    summary: str
    findings: tuple[Finding, ...]
    states: t.Mapping[str, str]
    reasons: t.Mapping[str, str]

    def worst(self) -> Finding | None:
        """The alarm that a diagnosis should begin with: the first that has a pair."""
        return next((finding for finding in self.findings if finding.is_alarm and finding.pair), None)
