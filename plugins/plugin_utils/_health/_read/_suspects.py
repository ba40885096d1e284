# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Whom to ask again when something failed: the row and the column of the suspects, so that a sick node is told from a
sick pair, and what was lost by chance from what is broken. Bounded, whatever has failed."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._health._model import FAILED, Matrix, Node

PEERS_SCHEMA = "podnet.diagnostics/peers/v1"
MOST_NODES_FOR_ALL_PAIRS = 30
MOST_SUSPECTS = 10
# Each suspect's column is asked from at most so many nodes, its row goes to at most so many.
MOST_WITNESSES = 200
MOST_PEERS = 150
# What failed long ago weighs little against what fails now.
_OLD = 0.01


@dataclasses.dataclass(frozen=True)
class Request:
    """What to ask of one node's agent: probe exactly these nodes now (empty: its own partners)."""

    node: str
    peers: tuple[str, ...] = ()


def suspects(matrix: Matrix) -> list[str]:
    """The nodes of failed probes, those with the most failures first."""
    weight: dict[str, float] = {}
    for pair, sighting in matrix.seen.items():
        if any(matrix.nodes[name].aside for name in pair):
            continue
        failed = sum(1 for *_where, probe in sighting.probes() if probe.state == FAILED)
        old = sum(
            1 for *_where, probe in sighting.probes() if probe.reason in ("stale", "outdated") and probe.was == FAILED
        )
        if failed or old:
            for name in set(pair):
                weight[name] = weight.get(name, 0.0) + failed + _OLD * old
    return sorted(weight, key=lambda name: (-weight[name], name))[:MOST_SUSPECTS]


def requests(matrix: Matrix, found: t.Sequence[str]) -> list[Request]:
    """One request a node: a suspect probes everybody, everybody else probes the suspects."""
    if not found:
        return []
    judged = [name for name in matrix.judged() if matrix.nodes[name].target is not None]
    reached = _spread(matrix, judged, MOST_PEERS, found)
    witnesses = set(_spread(matrix, judged, MOST_WITNESSES, found))
    asked = [name for name in judged if name in witnesses]
    return [Request(name, tuple(reached if name in found else found)) for name in asked if _can_be_asked(matrix, name)]


def everybody(nodes: t.Mapping[str, Node], probe: bool) -> list[Request]:
    """The first round. Where a few nodes probe now, they get the addresses that the pods have now: the agents' own list
    of them comes by a ConfigMap, which takes up to two minutes. Many nodes probe their own partners.
    """
    present = tuple(name for name, node in nodes.items() if node.target is not None and not node.aside)
    if not probe or len(present) > MOST_NODES_FOR_ALL_PAIRS:
        return [Request(name) for name in nodes]
    return [Request(name, tuple(dict.fromkeys((name, *present)))) for name in nodes]


def rows_and_columns(matrix: Matrix, only: t.Collection[str]) -> list[Request]:
    """The first round where a person asks about some nodes only: they probe everybody, everybody else probes them."""
    wanted = [name for name in matrix.nodes if name in set(only)]
    present = [name for name, node in matrix.nodes.items() if node.target is not None]
    return [Request(name, tuple(present if name in wanted else wanted)) for name in present]


def peers_document(nodes: t.Iterable[Node]) -> bytes:
    """What `--peers-stdin` reads."""
    peers = [
        {
            "node": node.name,
            "host": list(node.addresses),
            "pod": node.target.name if node.target else "",
            "uid": node.target.uid if node.target else "",
            "endpoint": list(node.target.ips) if node.target else [],
            "ready": bool(node.target and node.target.ready),
        }
        for node in nodes
    ]
    return json.dumps({"schema": PEERS_SCHEMA, "peers": peers}, separators=(",", ":")).encode()


def _can_be_asked(matrix: Matrix, name: str) -> bool:
    """An agent that did not answer a moment ago is not waited for once more."""
    answer = matrix.answers.get(name)
    return answer is not None and answer.report is not None


def _spread(matrix: Matrix, names: t.Sequence[str], most: int, first: t.Sequence[str]) -> list[str]:
    """At most so many of the names, taken evenly from all zones; `first` are always among them."""
    if len(names) <= most:
        return list(names)
    zones = sorted(names, key=lambda name: (matrix.nodes[name].zone, name))
    step = len(zones) / most
    chosen = {zones[int(index * step)] for index in range(most)} | set(first)
    return [name for name in names if name in chosen]
