# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The matrix in numbers: how each node is seen by the others."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import (
    FAILED,
    OK,
    Address,
    Matrix,
    Probe,
    Sighting,
)


@dataclasses.dataclass
class Sum:
    """Addresses as seen by others. all counts the unknown ones too."""

    reachable: int = 0
    unreachable: int = 0
    unknown: int = 0

    @property
    def all(self) -> int:
        """How many there are."""
        return self.reachable + self.unreachable + self.unknown

    def add(self, address: Address) -> None:
        """An address is reachable when no probe of it failed and one passed."""
        states = {probe.state for _protocol, probe in address.probes()}
        if FAILED in states:
            self.unreachable += 1
        elif OK in states:
            self.reachable += 1
        else:
            self.unknown += 1


def seen_by_others(matrix: Matrix, name: str, path: str) -> Sum:
    """How the judged nodes see one; an only node sees itself. In a bounded mesh only those count that were to probe it
    lately.
    """
    return _sum(matrix, path, [(other, name) for other in _others(matrix, name)], name)


def sees_others(matrix: Matrix, name: str, path: str) -> Sum:
    """How one node sees the others that are judged."""
    return _sum(matrix, path, [(name, other) for other in _others(matrix, name)], None)


def _others(matrix: Matrix, name: str) -> list[str]:
    judged = matrix.judged()
    others = [other for other in judged if other != name]
    return others if others else judged


def _sum(matrix: Matrix, path: str, pairs: t.Sequence[tuple[str, str]], column: str | None) -> Sum:
    total = Sum()
    bounded = bool(matrix.mesh and not matrix.mesh.all_pairs)
    for pair in pairs:
        sighting = matrix.seen.get(pair)
        if sighting is None and not bounded:
            node = matrix.nodes[column or pair[1]]
            ips = node.addresses if path == "host" else node.target.ips if node.target else ("none",)
            sighting = Sighting(tuple(map(Address, ips)), tuple(map(Address, ips)))
        for address in sighting.path(path) if sighting else ():
            if bounded and all(probe.state not in (OK, FAILED) for _protocol, probe in address.probes()):
                continue
            total.add(address)
    return total


def latencies(matrix: Matrix) -> dict[str, list[int]]:
    """All known latencies between different nodes in nanoseconds, by "path protocol"."""
    found: dict[str, list[int]] = {}
    for (source, destination), sighting in matrix.seen.items():
        if source != destination:
            for path, _address, protocol, probe in sighting.probes():
                if probe.state == OK and probe.latency is not None:
                    found.setdefault(f"{path} {protocol}", []).append(probe.latency)
    return found


def ages(matrix: Matrix) -> tuple[float | None, float | None]:
    """The youngest and the oldest age of the results that count, in seconds."""
    found = [
        probe.age
        for sighting in matrix.seen.values()
        for *_where, probe in sighting.probes()
        if _counts(probe) and probe.age is not None
    ]
    return (min(found), max(found)) if found else (None, None)


def newest(matrix: Matrix) -> float | None:
    """When the last probe was made, in seconds since the epoch."""
    return max(
        (probe.at for sighting in matrix.seen.values() for *_where, probe in sighting.probes() if probe.at is not None),
        default=None,
    )


def _counts(probe: Probe) -> bool:
    return probe.state in (OK, FAILED)
