# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What is said about the matrix: findings with the cells that support them, the variables of the playbook diagnose for
a failed pair, and one verdict.
"""

from __future__ import annotations

import dataclasses
import shlex
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import (
    FAILED,
    PATHS,
    Matrix,
    Pair,
    Probe,
)

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


def cells(
    matrix: Matrix,
    pairs: t.Iterable[Pair],
    paths: t.Sequence[str] = PATHS,
    state: str = FAILED,
    protocols: t.Sequence[str] = ("icmp", "http"),
) -> list[Cell]:
    """Every probe of these pairs that has the state."""
    found = []
    for source, destination in pairs:
        sighting = matrix.seen.get((source, destination))
        if sighting is None:
            continue
        for path, address, protocol, probe in sighting.probes():
            if path in paths and protocol in protocols and probe.state == state:
                found.append(Cell(source, destination, path, protocol, address.ip, probe))
    return found


def shortened(found: t.Sequence[Cell]) -> tuple[Cell, ...]:
    """A few cells of many: one of each pair, path and protocol in turn, so that all kinds are there."""
    by_kind: dict[tuple[str, str], list[Cell]] = {}
    for cell in found:
        by_kind.setdefault((cell.path, cell.protocol), []).append(cell)
    chosen: list[Cell] = []
    turn = 0
    while len(chosen) < min(MOST_EVIDENCE, len(found)):
        for group in by_kind.values():
            if turn < len(group) and len(chosen) < MOST_EVIDENCE:
                chosen.append(group[turn])
        turn += 1
    return tuple(chosen)


TARGET_PORT = "8080"
Variables = dict[str, str]


def variables(matrix: Matrix, namespace: str, pair: Pair | None, path: str) -> Variables | None:
    """From the target pod of one node to that of another, or to the node itself; None where a pod is missing."""
    if pair is None:
        return None
    source, destination = (matrix.nodes.get(name) for name in pair)
    if source is None or destination is None or source.target is None:
        return None
    found = {"diagnose_source": f"pod:{namespace}/{source.target.name}"}
    if path == "host":
        return {
            **found,
            "diagnose_destination": f"node:{destination.name}",
            "diagnose_port": "",
            "diagnose_protocol": "icmp",
        }
    if destination.target is None:
        return None
    return {
        **found,
        "diagnose_destination": f"pod:{namespace}/{destination.target.name}",
        "diagnose_port": TARGET_PORT,
        "diagnose_protocol": "tcp",
    }


def command(found: Variables | None) -> str:
    """The command that a person types, as a line of advice; "" where there is none."""
    if not found:
        return ""
    words = [
        f"-e {shlex.quote(f'{name}={value}')}"
        for name, value in found.items()
        if value and (name, value) != ("diagnose_protocol", "tcp")
    ]
    return f"$ ansible-playbook podnet.diagnostics.diagnose {' '.join(words)}"
