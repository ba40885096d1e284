# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Hardware addresses that pods learn from their node's bridge, which answers for its ports out of the node's own table
(neigh_suppress, br_do_proxy_suppress_arp())."""

from __future__ import annotations

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    label_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Neighbour
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._neighbour import FIXED
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place, Step


def told_by_bridge(view: View, step: Step, entry: Neighbour, wanted: str) -> Cause | None:
    """A pod has learnt a wrong hardware address, which a fixed entry of its node's bridge says, too: nobody teaches the
    node that, and the bridge answers with what it has."""
    place, bridge = step.place, view.case.bridge(step.place.node)
    host = view.case.host(place.node)
    if place.netns == HOST or host is None or not bridge or _is_fixed(entry):
        return None
    known = (one for one in host.neighbours if (one.address, one.dev, one.mac) == (entry.address, bridge, entry.mac))
    fixed = next(filter(_is_fixed, known), None)
    ports = [link.bridge_port for link in host.ports_of(bridge)]
    if fixed is None or not any(port is not None and port.neigh_suppress for port in ports):
        return None
    observed = (
        f"its entry for {entry.address} is {fixed.state} with {fixed.mac}, which belongs to {wanted}, and the bridge"
        f" answers with it who asks by neigh_suppress: {label_of(place)} has learnt it"
    )
    return Cause(
        finding(
            "neighbour-failed",
            Location(node=place.node, device=bridge),
            f"{bridge} of {place.node} knows the hardware address of {entry.address}",
            observed,
            f"Remove the entry, then find out who wrote it:\n$ ip neigh del {entry.address} dev {bridge}",
            (Proof("config", ref_of(place.node), f"neighbour {entry.address} on {bridge}: {fixed.mac} {fixed.state}"),),
        ),
        repair.both(
            repair.at(Place(place.node, HOST), repair.neighbour(bridge, entry.address, wanted)),
            repair.at(place, repair.neighbour(entry.dev, entry.address, wanted)),
        ),
        step=step,
        backwards=view.backwards,
        itself=True,
    )


def _is_fixed(entry: Neighbour) -> bool:
    return bool(FIXED & set(entry.state.split()))
