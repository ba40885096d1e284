# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Packets from outside for a Service's external address, where captures saw them come to a node: which node that is,
and which source they have there, is up to routers and balancers that nobody here reads."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._endpoints import readable, unserved
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import Tried
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._observed import INDEX
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import PROVEN, Proof, probe_proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import Want, decide, find
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST

# What a node does with packets that a Service's own settings keep out.
_KEPT_OUT = (Want.DROP_SOURCE, Want.DROP_NOT_LOCAL)


def kept_out(case: Case, one: Tried) -> t.Iterator[Cause]:
    """The setting of a Service by which a node that its packets came to drops them, where captures saw none of them go
    on from there."""
    if one.trip is None or one.trip.start.node in case.pods.peers or one.causes or not readable(case):
        return
    for flow in case.evidence.flows(one.probe.id):
        if not flow.get("lossless") or flow.get("ambiguous"):
            continue
        sightings = [each for each in flow.get("sightings") or [] if each.get("direction") == "forward"]
        for arrival in sightings:
            node = str(arrival.get("node"))
            if _at_nic(case, arrival) and sum(each.get("node") == node for each in sightings) == 1:
                yield from _dropped(case, one, flow, arrival)


def _at_nic(case: Case, sighting: JsonObject) -> bool:
    node = str(sighting.get("node"))
    nics = {place.device for place in case.network.uplinks_of(node, HOST)}
    return node in case.pods.peers and sighting.get("device") in nics and not sighting.get("outer")


def _dropped(case: Case, one: Tried, flow: JsonObject, arrival: JsonObject) -> t.Iterator[Cause]:
    """arrival: packets as they came to a node, the only device of it that saw them."""
    node, source, address = (str(arrival.get(key)) for key in ("node", "src", "dst"))
    sent = one.trip.request if one.trip is not None else None
    if sent is None or not isinstance(arrival.get("port"), int) or case.is_inside(source):
        return
    found = find(case.index, address, arrival["port"], sent.protocol)
    if found is None:
        return
    service, entry = found
    decision = decide(case.index, service, entry, node, source, from_cluster=False)
    if decision.want not in _KEPT_OUT:
        return
    cause = unserved(case, service, entry, decision, node)
    text = f"{arrival.get('count')} packets came to {arrival['device']} of {node} from {source}, and none went on"
    seen = Proof("capture", f"{INDEX}#{flow.get('probe_id')}", text)
    shown = cause.finding
    if decision.want is Want.DROP_SOURCE:
        shown = dataclasses.replace(shown, observed=f"{shown.observed}, and its packets come to {node} from {source}")
    yield dataclasses.replace(cause, finding=shown).saying(seen, probe_proof(one.probe)).as_sure_as(PROVEN)
