# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Between which two machines packets of a probe were lost, and by which next hop they left."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import Tried
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Route
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._roundtrip import RoundTrip

WAYS = ("forward", "reply")


class Between(t.NamedTuple):
    """Where packets were seen last, where they never came to, and on which of the two ways."""

    left: str
    never: str
    way: str


def lost_between(case: Case, one: Tried, tunnelled: bool = False) -> Between | None:
    """The two machines between whose NICs the packets of a probe were lost, all of them; tunnelled: or their tunnel."""
    found = set()
    for flow in case.evidence.flows(one.probe.id):
        for way in WAYS:
            last, missing = flow.get(f"last_{way}") or {}, flow.get(f"missing_{way}") or {}
            if not flow.get("lossless") or flow.get("ambiguous") or not last or not missing:
                continue
            left, never = str(last.get("node")), str(missing.get("node"))
            at_nics = all(is_nic(case, point) for point in (last, missing))
            plain = tunnelled or not any(
                _tunnelled_to(case, never, sighting) for sighting in sightings_at(flow, way, last)
            )
            found.add(Between(left, never, way) if left != never and at_nics and plain else None)
    return found.pop() if len(found) == 1 else None


def next_hops(
    case: Case, trip: RoundTrip, between: Between, tunnelled: bool = False
) -> set[tuple[str | None, str | None]]:
    """The devices and gateways by which packets leave a machine for the network; tunnelled: in a tunnel, too."""
    found = set[tuple[str | None, str | None]]()
    for way in trip.ways:
        half = way.back if between.way == "reply" else way.forward
        for hop in half.hops if half is not None else ():
            if hop.node != between.left or not is_nic(case, {"node": hop.node, "device": hop.oif}):
                continue
            if hop.netns == HOST and (tunnelled or not hop.after.tunnelled):
                routes = [step.decided for step in hop.steps if isinstance(step.decided, Route)]
                found.update((route.dev, route.gateway) for route in routes[-1:])
    return found


def _tunnelled_to(case: Case, node: str, sighting: JsonObject) -> bool:
    outer = str((sighting.get("outer") or {}).get("dst") or "")
    return bool(outer) and any(owner.node == node for owner in case.network.owners(outer))


def is_nic(case: Case, point: JsonObject) -> bool:
    """Whether a captured device (node, device) is one by which its machine is on the network."""
    node, device = str(point.get("node")), point.get("device")
    return any(place.device == device for place in case.network.uplinks_of(node, HOST))


def sightings_at(flow: JsonObject, way: str, point: JsonObject) -> list[JsonObject]:
    """What a device (node, netns, device) saw of a flow on one of its ways."""
    return [
        one
        for one in flow.get("sightings") or []
        if one.get("direction") == way and all(one.get(key) == point.get(key) for key in ("node", "netns", "device"))
    ]
