# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Large segments that arrive, and are not acknowledged: it is not the way that has no room for them."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import label_of, location_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    CRITICAL,
    LIKELY,
    Finding,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place


def arrived_large(case: Case, probe: Probe, largest: int) -> Finding | None:
    """What a size probe shows where captures without loss saw each of its large segments at the last device before the
    pod that it was for, and its namespace takes them by all that was read: only its socket is left, as segments are
    acknowledged by the kernel, whatever the program does."""
    place, port = _receiver(case, probe)
    if place is None or port is None or probe.request.get("kind") != "tcp_segment":
        return None
    for flow in case.evidence.flows(probe.id):
        large = [one for one in flow.get("packets") or [] if _large(one, largest)]
        if not flow.get("lossless") or flow.get("ambiguous") or flow.get("loss") or not large:
            continue
        ends = {(one["last_forward"].get("node"), one["last_forward"].get("device")) for one in large}
        if ends == {(place.node, port)} and not any(one.get("missing_forward") for one in large):
            return _finding(place, port, probe, largest, len(large))
    return None


def _large(packet: JsonObject, largest: int) -> bool:
    forward = packet.get("direction") == "forward" and isinstance(packet.get("last_forward"), dict)
    return forward and int(packet.get("length") or 0) > largest


def _receiver(case: Case, probe: Probe) -> tuple[Place | None, str | None]:
    """The pod's namespace in which the simulated segment ends, and the node's device before it."""
    trip = case.trip(probe)
    ends = {(way.forward.place.node, way.forward.place.netns) for way in trip.ways} if trip is not None else set()
    if trip is None or len(ends) != 1 or trip.arrives is not True:
        return None, None
    ((node, netns),) = ends
    read = case.evidence.nodes.get(node)
    port = read.pod_port(netns) if read is not None and netns != HOST else None
    return Place(node, netns), port.name if port is not None else None


def _finding(place: Place, port: str, probe: Probe, largest: int, number: int) -> Finding:
    seen = f"{number} segments of more than {largest} bytes were seen at {port} of {place.node}, the pod's own device"
    observed = (
        f"it acknowledges segments of up to {largest} bytes, and none of the larger ones, which come to it as well"
    )
    proofs: t.Sequence[Proof] = (
        probe_proof(probe),
        Proof("capture", f"captures/index.json#{probe.id}", f"{seen}, and no capture lost packets"),
        Proof("simulation", "findings.json", "its namespace takes them by all that was read of it"),
    )
    return Finding(
        "socket-filter-drop",
        CRITICAL,
        LIKELY,
        "A filter of the application's socket drops large segments",
        location_of(place),
        f"{label_of(place)} acknowledges segments of any size",
        observed,
        tuple(proofs),
        "Look at the application: it, or an agent in its place, may have attached a filter to its socket"
        " (SO_ATTACH_FILTER, SO_ATTACH_BPF), which goes when it is started again. Programs of control groups:\n"
        "$ bpftool cgroup tree",
    )
