# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Nodes that forward packets between two others, and that no look was taken at."""

from __future__ import annotations

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Reason, Trace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._paths import Paths
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._roundtrip import Answer, RoundTrip

# Packets of these probes are those of the question.
_ASKED = ("ping", "tcp", "udp", "backend-tcp")
# More nodes than these are not looked at unasked.
_MOST = 2


def by_unread_nodes(evidence: Evidence, trip: RoundTrip) -> list[str]:
    """Nodes that no look was taken at, and that all packets of a trip are forwarded by, there or back: what becomes of
    them is decided there."""
    ends = [way.broken for way in trip.ways if way.answer is not Answer.REPLY]
    unread = [_unread_node(evidence, trace) for trace in ends]
    return sorted({name for name in unread if name is not None}) if unread and all(unread) else []


def to_be_read(evidence: Evidence) -> list[str]:
    """Nodes beside those of the plan that packets of the question would be forwarded by, as the snapshots say. On one
    that is not ready no agent starts, and none is waited for."""
    planned = evidence.plan.get("work") or {}
    found: dict[str, None] = {}
    for node, work in planned.items():
        for request in work.get("probes") or ():
            if request.get("role") in _ASKED:
                probe = Probe(node, "probe", request, {"address": request.get("target")})
                trip = Paths.of(evidence).of_probe(evidence, probe)
                found.update(dict.fromkeys(by_unread_nodes(evidence, trip) if trip is not None else ()))
    by_ssh = evidence.plan["options"].get("access") == "ssh"
    ready = {name for name in found if by_ssh or evidence.index.node_ready(evidence.index.nodes[name])[0]}
    return [name for name in found if name in ready and name not in planned][:_MOST]


def _unread_node(evidence: Evidence, trace: Trace | None) -> str | None:
    if trace is None or trace.reason is not Reason.NOT_READ or trace.place.netns != HOST:
        return None
    ends = {end.node for end in (evidence.source, *evidence.targets) if end is not None}
    return trace.place.node if trace.place.node in {*Paths.of(evidence).network.missing} - ends else None
