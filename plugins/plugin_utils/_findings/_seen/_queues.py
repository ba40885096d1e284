# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Queues that drop large packets: a shaper whose burst is smaller than they are takes none of them (tc-tbf(8)).

The counter of the queue moves while large packets vanish, and small ones, many more of them, all pass.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    label_of,
    location_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._evidence import measured
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import Tried
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._mtu import silent_sizes
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._observed import FEW, lost_packets
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import LIKELY, Proof, probe_proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place

# So many drops while nothing small is lost are no chance.
_DROPS = 5


def dropping_queue(case: Case) -> Cause | None:
    """The queue on the way of the large packets that dropped some while they vanished; None where there is none."""
    measure = measured(case.evidence)
    silent = silent_sizes(case.evidence)
    if not measure.dose.bursts or any(burst.lossy for burst in measure.dose.bursts):
        return None
    passed = {device for probe in silent for device in _devices(case, probe)}
    for node, moves in measure.moves.items():
        for queue in moves.disciplines():
            device, drops, name = queue.device, queue.drops, queue.name
            where = Place(node, queue.netns)
            if queue.of_filters or drops < _DROPS or (where, device) not in passed:
                continue
            small = sum(burst.sent for burst in measure.dose.bursts)
            observed = (
                f"queue {name} of {label_of(where)} dropped {drops} packets while large ones vanished, and all {small}"
                " small ones passed"
            )
            return Cause(
                finding(
                    "nic-drops",
                    location_of(where, device),
                    f"{device} of {label_of(where)} sends packets of every size that fits its MTU",
                    observed,
                    "Give the queue a burst of at least the device's MTU, or take it away, and find out what set it (a"
                    f" bandwidth annotation of the pod, say):\n$ tc -s qdisc show dev {device}",
                    (
                        Proof("counter", f"counters/{node}.json", f"qdisc {name}: drops +{drops}"),
                        *map(probe_proof, silent[:2]),
                    ),
                    heading="The queue of a device drops large packets",
                ),
                itself=True,
            )
    return None


def closed_queue(case: Case, one: Tried) -> Cause | None:
    """The one queue on the way of packets, or of their answers, that has dropped at least as many as were lost, where
    all were and the simulation delivers them; None where there is none, or more than one."""
    probe, lost = one.probe, lost_packets(one.probe)
    if not one.arrives or lost < FEW or int(probe.result.get("received") or 0):
        return None
    found = {
        queue
        for moves in measured(case.evidence).moves.values()
        for queue in moves.disciplines()
        if not queue.of_filters
        and queue.drops >= lost
        and (Place(queue.node, queue.netns), queue.device) in set(_devices(case, probe))
    }
    if len(found) != 1:
        return None
    (queue,) = found
    where, name = Place(queue.node, queue.netns), queue.name
    return takes_nothing(
        where,
        queue.device,
        f"queue {name} of {label_of(where)} dropped {queue.drops} packets while {lost} went unanswered, and nothing "
        "else ends them",
        (Proof("counter", f"counters/{queue.node}.json", f"qdisc {name}: drops +{queue.drops}"), probe_proof(probe)),
    )


def takes_nothing(
    queue: Place, device: str, observed: str, proofs: t.Sequence[Proof], confidence: str = LIKELY
) -> Cause:
    """The queue of a device that lets none of the packets out."""
    return Cause(
        finding(
            "nic-drops",
            location_of(queue, device),
            f"{device} of {label_of(queue)} sends what is given to it",
            observed,
            f"Take the queue away, and find out what set it:\n$ tc -s qdisc show dev {device}\n"
            f"$ tc qdisc del dev {device} root",
            proofs,
            confidence=confidence,
            heading="The queue of a device drops the packets",
        ),
        itself=True,
    )


def _devices(case: Case, probe: t.Any) -> t.Iterator[tuple[Place, str]]:
    trip = case.trip(probe)
    for way in trip.ways if trip is not None else ():
        for trace in way.traces:
            for hop in trace.hops:
                for device in (hop.oif, *hop.devices):
                    if device is not None:
                        yield Place(hop.node, hop.netns), device
