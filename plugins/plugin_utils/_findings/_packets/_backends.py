# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Nodes whose CNI agents have announced different back ends: flannel passes over a peer of another type than its own
("Ignoring non-vxlan subnet"), so that what is left of the way between them was written by nobody who runs now."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._workloads import OBJECTS
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._tunnel_sources import FLANNEL
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._majority import By, odd_one_out
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Reason

# How packets end for which nobody has made the way between two nodes: routes, devices and entries are not there.
_NO_WAY = frozenset(
    (
        Reason.NO_ROUTE,
        Reason.ADDRESS_NOWHERE,
        Reason.EXTERNAL,
        Reason.LINK_MISSING,
        Reason.NO_TUNNEL,
        Reason.NEIGHBOUR_FAILED,
        Reason.FDB_MISSING,
    )
)


def other_backend(view: View) -> t.Iterator[Cause]:
    """A packet between pods of two nodes that have announced different back ends, and that ended for want of a way."""
    pods = view.case.pods
    pair = [node for node in (pods.node_of(view.inner.src), pods.node_of(view.inner.dst)) if node is not None]
    announced = {node: pods.peers[node].backend for node in pair}
    if view.reason not in _NO_WAY or len(set(pair)) != 2 or None in announced.values():
        return
    if len(set(announced.values())) != 2 or not _between(view, pair):
        return
    everyone = {node: peer.backend for node, peer in pods.peers.items() if peer.backend is not None}
    odd = odd_one_out(everyone, pods.flannel.backend if pods.flannel is not None else None)
    behind = [node for node in pair if odd is not None and node in odd.nodes]
    one = behind[0] if len(behind) == 1 else None
    said = ", ".join(f"{node} {backend}" for node, backend in sorted(announced.items()))
    wanted = (
        {
            By.CONFIGURATION: f"; the configuration says {odd.wanted}",
            By.MAJORITY: f"; most nodes have {odd.wanted}",
        }.get(odd.by, "")
        if odd is not None and one is not None
        else ""
    )
    observed = f"the agents have announced different back ends: {said}{wanted}"
    yield Cause(
        finding(
            "cni-backend-mismatch",
            Location(node=one),
            f"the CNI's agents of {' and '.join(sorted(pair))} connect their pods by the same back end",
            observed,
            f"Restart the CNI's agent on {one or ' and '.join(sorted(pair))}, so that all have read the same"
            " configuration (flannel: net-conf.json); then look for what the other back end left on the nodes:\n"
            "$ kubectl get nodes -o custom-columns="
            f"'NAME:.metadata.name,TYPE:.metadata.annotations.{FLANNEL.replace('.', chr(92) + '.')}/backend-type'",
            (Proof("config", OBJECTS, f"annotations {FLANNEL}/backend-type: {said}"),),
        ),
        step=view.trace.last,
        backwards=view.backwards,
        itself=True,
    )


def _between(view: View, pair: t.Sequence[str]) -> bool:
    """Whether the packet ended outside of pods: on one of the two nodes, or between them."""
    return view.place.netns == "host" and view.place.node in pair
