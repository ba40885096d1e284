# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Where on the way packets of a burst were lost, told by counters alone: echo requests that reached the other
end, and what
the tunnel of one node sent and that of the other received.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._counters import HOST, NetnsMoves, NodeMoves
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._dose import WATCH, Burst, window
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose_evidence import Measured
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import End

# A counter of echo requests sees the plain pings of the same time as well, and pings of others.
SOME = 0.4


@dataclasses.dataclass(frozen=True)
class Place:
    """Where packets were lost. location is empty between two nodes: neither is to blame."""

    text: str
    location: Location
    proofs: tuple[Proof, ...]


def place_of(measure: Measured, burst: Burst) -> Place | None:
    """Where a burst's packets were lost; None where the counters do not tell."""
    evidence = measure.evidence
    if WATCH in burst.probe.id:
        return None
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
    whole = end is not None and all(counted[str(node)].after >= end for node in (source.node, target.node))
    lost, packets = (burst.lost, burst.sent) if whole else burst.first
    sent = packets + burst.knocks
    lost_there = sent - arrived
    proofs = [
        Proof(
            "counter",
            f"counters/{target.node}.json",
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
    return _between(counted, first, last, lost, way, proofs) or Place(way, Location(), tuple(proofs))


def _own(space: NetnsMoves | None, name: str) -> int | None:
    """A difference; None where the namespace's counters are not known. A counter that did not move is not told."""
    if space is None:
        return None
    return space.protocols.get(name, 0)


def _between(
    counted: t.Mapping[str, NodeMoves], first: End, last: End, lost: int, way: str, proofs: list[Proof]
) -> Place | None:
    """Which of three parts lost them: the first node, what is between the nodes, or the last node."""
    one, two = (counted[str(end.node)].netns[HOST].devices for end in (first, last))
    tunnels = [name for name in one if name in two and name.startswith(("flannel.", "vxlan", "geneve", "cilium_vxlan"))]
    tunnel = next((name for name in tunnels if one[name].get("tx_packets") and two[name].get("rx_packets")), None)
    if tunnel is None:
        return None
    sent, received = one[tunnel].get("tx_packets", 0), two[tunnel].get("rx_packets", 0)
    missing = sent - received
    told = Proof(
        "counter",
        f"counters/{last.node}.json",
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
    return Place(f"{way}, on {node}", location, (*proofs, told, Proof("counter", f"counters/{last.node}.json", came)))
