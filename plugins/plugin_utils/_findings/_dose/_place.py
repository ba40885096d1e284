# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Where on the way packets of a burst were lost: by captures of the same packets sent again, else by counters alone,
which are echo requests that reached the other end, and what the tunnel of one node sent and that of the other received.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._counters import HOST, NetnsMoves
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._dose import WATCH, Burst, planned_id, window
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._evidence import SOME_LOST, Measured
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._gaps import Gaps, gaps_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import End, Evidence

# A counter of echo requests sees the plain pings of the same time as well, and pings of others.
SOME = 0.4


@dataclasses.dataclass(frozen=True)
class Place:
    """Where packets were lost. location is empty between two nodes: neither is to blame. forwarded: captures saw them
    come to one device of that node and never leave it by another, so that they were lost in its own namespace."""

    text: str
    location: Location
    proofs: tuple[Proof, ...]
    forwarded: bool = False


def place_of(measure: Measured, burst: Burst) -> Place | None:
    """Where a burst's packets were lost, by captures of what was sent again, else by counters; None where neither
    tells."""
    again = [
        (measure.again, one)
        for one in (measure.again.dose.bursts if measure.again is not None else ())
        if planned_id(one.probe.id) == planned_id(burst.probe.id) and one.lost >= SOME_LOST
    ]
    seen = [_by_captures(measure.evidence, one) for _part, one in again]
    readings = [*([] if WATCH in burst.probe.id or not burst.lossy else [(measure, burst)]), *again]
    told = (_by_counters(part, one) for part, one in readings if part is not None)
    return next((found for found in (*seen, *told) if found is not None), None)


def _by_captures(evidence: Evidence, burst: Burst) -> Place | None:
    """Of what was sent again as it is now."""
    seen = gaps_of(evidence, burst.probe.id)
    return place_in(seen) if seen is not None and seen.lost >= SOME_LOST else None


def place_in(seen: Gaps) -> Place:
    """The one gap, of all devices that were captured on, in which most of the lost packets were lost."""
    gaps = sorted(seen.counts, key=lambda gap: -seen.counts[gap])
    last, missing = gaps[0]
    proofs = tuple(seen.proof(gap) for gap in gaps[:2])
    astray = max(seen.strayed, key=lambda point: seen.strayed[point], default=None)
    if astray is not None and 2 * seen.strayed[astray] > seen.lost:
        where = f"on {astray[0]}: they left {astray[1]} for another next hop than those that arrived"
        return Place(where, Location(node=astray[0]), proofs)
    nodes = {point[0] for gap in gaps for point in gap}
    if len(nodes) > 1 and seen.counts[gaps[0]] < (1.0 - SOME) * seen.lost:
        return Place("in more than one place", Location(), proofs)
    if last[0] != missing[0]:
        return Place(f"between {last[1]} of {last[0]} and {missing[1]} of {missing[0]}", Location(), proofs)
    if last != missing:
        where = f"on {last[0]}, between {last[1]} and {missing[1]}"
        return Place(where, Location(node=last[0]), proofs, forwarded=True)
    # In the pod, or in frames to another hardware address, which it does not take.
    return Place(f"on {last[0]}, behind {last[1]}", Location(node=last[0]), proofs)


def _by_counters(measure: Measured, burst: Burst) -> Place | None:
    """By echo requests that came to the other end, and what the devices between counted."""
    evidence = measure.evidence
    target = next((end for end in evidence.targets if end.address == burst.target), None)
    source = evidence.source
    counted = {moves.node: moves for moves in measure.counted()}
    if target is None or source is None or target.node not in counted or source.node not in counted:
        return None
    there = counted[target.node].netns.get(target.netns or HOST)
    here = counted[source.node].netns.get(source.netns or HOST)
    arrived = _own(there, "IcmpInEchos")
    if arrived is None or here is None or there is None:
        return None
    # The counters were read again before the second stage, or after all of it.
    _begin, end = window(burst.probe)
    whole = measure.bracketed or (
        end is not None and all(counted[str(node)].after >= end for node in (source.node, target.node))
    )
    lost, packets = (burst.lost, burst.sent) if whole else burst.first
    sent = packets + burst.knocks
    lost_there = sent - arrived
    proofs = [
        Proof(
            "counter",
            f"{measure.folder}{target.node}.json",
            f"{arrived} echo requests came to {target.label}, {sent} were sent to it",
        )
    ]
    if lost_there >= (1.0 - SOME) * lost:
        forward = True
    elif lost_there <= SOME * lost:
        forward = False
    else:
        return Place("in both directions", Location(), tuple(proofs))
    way = "on the way there" if forward else "on the way back"
    if source.node == target.node:
        return Place(f"{way}, on {source.node}", Location(node=source.node), tuple(proofs))
    first, last = (source, target) if forward else (target, source)
    return _between(measure, first, last, lost, way, proofs) or Place(way, Location(), tuple(proofs))


def _own(space: NetnsMoves | None, name: str) -> int | None:
    """A difference; None where the namespace's counters are not known. A counter that did not move is not told."""
    if space is None:
        return None
    return space.protocols.get(name, 0)


def _between(measure: Measured, first: End, last: End, lost: int, way: str, proofs: list[Proof]) -> Place | None:
    """Which of three parts lost them: the first node, what is between the nodes, or the last node."""
    counted = {moves.node: moves for moves in measure.counted()}
    one, two = (counted[str(end.node)].netns[HOST].devices for end in (first, last))
    tunnels = [name for name in one if name in two and name.startswith(("flannel.", "vxlan", "geneve", "cilium_vxlan"))]
    tunnel = next((name for name in tunnels if one[name].get("tx_packets") and two[name].get("rx_packets")), None)
    if tunnel is None:
        return None
    sent, received = one[tunnel].get("tx_packets", 0), two[tunnel].get("rx_packets", 0)
    missing = sent - received
    told = Proof(
        "counter",
        f"{measure.folder}{last.node}.json",
        f"{tunnel} of {first.node} sent {sent} packets in that time, {tunnel} of {last.node} received {received}",
    )
    if missing >= (1.0 - SOME) * lost:
        text = f"{way}, between {first.node} and {last.node}: neither node is to blame"
        return Place(text, Location(), (*proofs, told))
    if abs(missing) > SOME * lost:
        return None
    pod = counted[str(last.node)].netns.get(last.netns or HOST)
    inside = (pod.devices.get("eth0") or {}).get("rx_packets") if pod is not None and last.netns != HOST else None
    if inside is None:
        return None
    node = last.node if received - inside >= (1.0 - SOME) * lost else first.node
    came = f"{inside} packets came into {last.label}, {tunnel} of {last.node} received {received}"
    location = Location(node=node)
    return Place(
        f"{way}, on {node}", location, (*proofs, told, Proof("counter", f"{measure.folder}{last.node}.json", came))
    )
