# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Between which captured devices the packets of a series of pings, or the requests of many connections, were lost, and
how many of how many."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._dose import Burst, again_id
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, Probe

# Node and device. The two of a gap are the same where packets came to the last device and no answer ever came back.
Point = tuple[str, str]
Gap = tuple[Point, Point]


@dataclasses.dataclass(frozen=True)
class Gaps:
    """sent: packets of all flows together; counts: how many were lost in each gap; tunnelled: the devices that saw them
    within a tunnel; strayed: how many left a device for another next hop than those that arrived; hit: of connections,
    how many lost a request or its answer."""

    ref: str
    sent: int
    counts: t.Mapping[Gap, int]
    tunnelled: frozenset[Point]
    strayed: t.Mapping[Point, int]
    hit: int = 0

    @property
    def lost(self) -> int:
        return sum(self.counts.values())

    @property
    def most(self) -> Gap:
        """The gap in which most were lost; only where some were."""
        return max(self.counts, key=lambda gap: self.counts[gap])

    def proof(self, gap: Gap) -> Proof:
        """What the captures say of one gap."""
        (node, device), (other, first) = gap
        where = (
            f"came to {device} of {node} and no answer ever came back there"
            if gap[0] == gap[1]
            else f"seen last on {device} of {node}, never on {first} of {other}"
        )
        text = f"{self.counts[gap]} of {self.sent} packets {where}, and no capture lost packets"
        return Proof("capture", f"captures/index.json#{self.ref}", text)


def gaps_of(evidence: Evidence, *probe_ids: str) -> Gaps | None:
    """What was lost of these probes; None where nothing was captured of them or a capture may have missed some."""
    counts: dict[Gap, int] = {}
    tunnelled: set[Point] = set()
    strayed: dict[Point, int] = {}
    sent = 0
    flows = evidence.flows(*probe_ids) if probe_ids else []
    for flow in flows:
        if not flow.get("lossless") or flow.get("ambiguous"):
            return None
        packets = flow.get("packets") or []
        sent += int(flow.get("sent") or len(packets))
        tunnelled.update(filter(None, (_point(one) for one in flow.get("sightings") or [] if one.get("outer"))))
        for packet in packets:
            for gap in _gaps(packet):
                alike = int(packet.get("alike") or 1)
                counts[gap] = counts.get(gap, 0) + alike
                if packet.get("strayed"):
                    strayed[gap[0]] = strayed.get(gap[0], 0) + alike
    return Gaps(probe_ids[0], sent, counts, frozenset(tunnelled), strayed) if flows else None


def lost_requests(evidence: Evidence, *probe_ids: str) -> Gaps | None:
    """Where connection requests, and their answers, were lost that were sent again until they came through, or never
    did: a device saw them less often than the one before it. None where nothing was captured of them or a capture may
    have missed some."""
    flows = evidence.flows(*probe_ids) if probe_ids else []
    if not flows or any(not flow.get("lossless") or flow.get("ambiguous") for flow in flows):
        return None
    fates = {(flow["probe_id"], packet.get("label")): packet for flow in flows for packet in flow.get("packets") or []}
    counts: dict[Gap, int] = {}
    sent = 0
    hit: set[tuple[str, str]] = set()
    for probe_id, packet in (one for one in evidence.climbed(*probe_ids) if one[1].get("what") == "syn"):
        fate = fates.get((probe_id, packet.get("label")), {})
        for way in ("forward", "reply"):
            seen = _how_often(packet, way)
            sent += seen[0][1] if seen and way == "forward" else 0
            end = _point(fate.get(f"missing_{way}"))
            steps = [*seen, (end, 0)] if end is not None else seen
            for (last, many), (missing, fewer) in zip(steps, steps[1:]):
                if fewer < many:
                    hit.add((probe_id, str(packet.get("label"))))
                    counts[last, missing] = counts.get((last, missing), 0) + many - fewer
    return Gaps(str(flows[0]["probe_id"]), sent, counts, frozenset(), {}, len(hit))


def _how_often(packet: t.Mapping[str, t.Any], way: str) -> list[tuple[Point, int]]:
    """How often each device saw a packet, with its repetitions, in the order in which it was passed: who is passed
    later has seen no more, whatever the clocks of the nodes say."""
    often: dict[Point, tuple[int, int]] = {}
    for rung in packet.get("rungs") or []:
        point = _point(rung)
        if rung.get("direction") == way and point is not None:
            first, many = often.get(point, (int(rung.get("first") or 0), 0))
            often[point] = (first, max(many, 1 + int(rung.get("retransmitted") or 0)))
    order = sorted(often, key=lambda point: (-often[point][1], often[point][0]))
    return [(point, often[point][1]) for point in order]


def gaps_again(evidence: Evidence, burst: Burst) -> Gaps | None:
    """The same of a burst as it was sent again beside captures."""
    return gaps_of(evidence, again_id(burst.probe.id))


def requests_again(evidence: Evidence, probe: Probe) -> Gaps | None:
    """The same of many connections."""
    return lost_requests(evidence, again_id(probe.id))


def _gaps(packet: t.Mapping[str, t.Any]) -> t.Iterator[Gap]:
    for way in ("forward", "reply"):
        missing = _point(packet.get(f"missing_{way}"))
        last = _point(packet.get(f"last_{way}")) or (_point(packet.get("last_forward")) if way == "reply" else None)
        if missing is not None and last is not None:
            yield last, missing


def _point(data: t.Any) -> Point | None:
    return (str(data.get("node")), str(data.get("device"))) if isinstance(data, dict) else None
