# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Captures of several devices against the probes made meanwhile: captures/index.json."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._captures import DeviceCapture, Point
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._clock import Clock
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._flows import Flow, flows_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._identity import (
    CaptureIndex,
    Recognised,
    recognise,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._ladder import Ladder, clocks_of, ladder
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._probes import Probe

SCHEMA = "podnet.diagnostics/captures/v1"


@dataclasses.dataclass(frozen=True)
class CaptureEvidence:
    """All captures of a run and what they say about its probes. clocks: of the nodes, as far as packets tell."""

    captures: tuple[DeviceCapture, ...]
    flows: tuple[Flow, ...]
    clocks: t.Mapping[str, Clock] = dataclasses.field(default_factory=dict)
    ladders: tuple[Ladder, ...] = ()

    def to_json(self, files: t.Mapping[str, str] | None = None) -> JsonObject:
        """The index. files: the name of each node's pcapng file, relative to the index."""
        names = files or {}
        return {
            "schema": SCHEMA,
            "captures": [capture.to_json(names.get(capture.point.node)) for capture in self.captures],
            "flows": [flow.to_json() for flow in self.flows],
            "clocks": [clock.to_json() for clock in self.clocks.values()],
            "ladders": [one.to_json() for one in self.ladders],
        }


def match(captures: t.Sequence[DeviceCapture], probes: t.Sequence[Probe]) -> CaptureEvidence:
    """Find the packets of each probe on every device, and say how far they came."""
    by_point = {capture.point: capture for capture in captures}
    indexes = {point: CaptureIndex(capture) for point, capture in by_point.items() if capture.readable}
    found = [recognise(probe, _in_order(probe, indexes)) for probe in probes]
    _doubt_shared(probes, found)
    flows = [flow for probe, one in zip(probes, found) for flow in flows_of(probe, one, by_point)]
    known = clocks_of(probes, found, by_point)
    ladders = [ladder(probe, one, by_point, known) for probe, one in zip(probes, found)]
    return CaptureEvidence(tuple(captures), tuple(flows), known, tuple(one for one in ladders if one is not None))


def one_clock(evidence: CaptureEvidence) -> str:
    """What was done to the times of a file in which all nodes have one clock."""
    others = [str(clock) for clock in evidence.clocks.values() if clock.node != clock.reference]
    unknown = sorted({capture.point.node for capture in evidence.captures} - set(evidence.clocks))
    lines = [f"Times are by one clock: {'; '.join(others)}." if others else "Times are by the clock of each node."]
    if unknown:
        lines.append(f"No packet tells how the clock of {', '.join(unknown)} stands to it.")
    return " ".join(lines)


def _in_order(probe: Probe, indexes: t.Mapping[Point, CaptureIndex]) -> list[CaptureIndex]:
    """The devices in the order in which the probe should pass them, then all others."""
    order = dict.fromkeys([*probe.points, *sorted(indexes)])
    return [indexes[point] for point in order if point in indexes]


def _doubt_shared(probes: t.Sequence[Probe], found: t.Sequence[Recognised]) -> None:
    """A packet that two probes claim proves nothing for either."""
    claims: dict[tuple[Point, int], dict[int, str]] = {}
    for number, (probe, one) in enumerate(zip(probes, found)):
        for trace in one.traces:
            for sighting in trace.sightings:
                claims.setdefault((sighting.point, sighting.number), {})[number] = probe.id
    for claimed in claims.values():
        if len(claimed) > 1:
            for number in claimed:
                found[number].doubt(f"the same packets fit the probes {', '.join(sorted(claimed.values()))}")
