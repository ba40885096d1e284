# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Packets that captures saw come to a machine that has to forward them, with no time to live left for that."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    location_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    PROVEN,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import pod_netns
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place

# A router discards what has no more than this (ip_forward()).
_LAST = 1


def expired(case: Case, probe: Probe) -> t.Iterator[Cause]:
    """All packets of one direction that were seen last where a node forwards them, each with a time to live of one."""
    for flow in case.evidence.flows(probe.id):
        if flow.get("ambiguous") or not flow.get("lossless"):
            continue
        for direction in ("forward", "reply"):
            last, missing = flow.get(f"last_{direction}"), flow.get(f"missing_{direction}")
            if last is None or missing is None or missing.get("node") != last.get("node") or last.get("netns") != HOST:
                # On the next machine it may have been lost before it came there.
                continue
            rungs = list(_last_rungs(case, probe, direction, last))
            if rungs and all(rung.get("ttl") is not None and rung["ttl"] <= _LAST for rung in rungs):
                yield _short_lived(case, probe, rungs[0], direction)


def _last_rungs(case: Case, probe: Probe, direction: str, last: JsonObject) -> t.Iterator[JsonObject]:
    for _probe_id, packet in case.evidence.climbed(probe.id):
        seen = [rung for rung in packet.get("rungs") or [] if rung.get("direction") == direction]
        if seen and all(seen[-1].get(key) == last.get(key) for key in ("node", "netns", "device")):
            yield seen[-1]


def _short_lived(case: Case, probe: Probe, rung: JsonObject, direction: str) -> Cause:
    sender, node, device = str(rung["src"]), rung.get("node"), rung.get("device")
    place = _owner(case, sender)
    what = "answers" if direction == "reply" else "packets"
    observed = (
        f"the {what} of {sender} come to {device} of {node} with a time to live of {rung['ttl']}: it may take them in,"
        " and not forward them"
    )
    return Cause(
        finding(
            "ttl-exceeded",
            location_of(place) if place is not None else Location(),
            f"{sender} sends packets that live long enough to arrive behind {node}",
            observed,
            f"Let {sender} send with a longer time to live: the hop limit of a cloud's metadata service (for pods one"
            " more than for their node), ip_default_ttl, or the option IP_TTL of its program.",
            (Proof("capture", f"captures/index.json#{probe.id}", observed), probe_proof(probe)),
            confidence=PROVEN,
        ),
        backwards=direction == "reply",
        itself=True,
    )


def _owner(case: Case, address: str) -> Place | None:
    """The pod or node of the cluster that sends from an address."""
    pod = case.owner_of(address)
    if pod is not None and (pod.get("spec") or {}).get("nodeName"):
        host = (pod.get("spec") or {}).get("hostNetwork")
        return Place(pod["spec"]["nodeName"], HOST if host else pod_netns(pod))
    node = case.pods.node_with(address)
    return Place(node, HOST) if node is not None else None
