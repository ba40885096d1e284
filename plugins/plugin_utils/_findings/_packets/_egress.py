# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Packets that leave the cluster with a pod's address, which nobody outside can answer."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding, ref_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._filters import command
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._routes import route_text
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Reason, Stage


def egress(view: View) -> t.Iterator[Cause]:
    """A packet that leaves the cluster with a pod's address, which nobody outside can answer."""
    packet = view.inner
    if view.backwards or view.reason is not Reason.EXTERNAL or not view.case.pods.is_pod_address(packet.src):
        return
    place = view.place
    if view.case.pods.is_pod_address(packet.dst):
        last = next((one for one in reversed(view.routed()) if one.place.netns == HOST), None)
        narrow = last is not None and last.route is not None and not last.route.dst.endswith("/0")
        if view.case.pods.node_of(packet.dst) is None and view.case.owner_of(packet.dst) is None and narrow and last:
            observed = (
                f'{packet.dst} is inside the pod network, and route "{route_text(last.route)}" leads to it elsewhere'
            )
            yield Cause(
                finding(
                    "pod-cidr-overlap",
                    Location(),
                    "the pod network overlaps with no other network",
                    f"{observed}: its packets count as pod traffic and are not masqueraded",
                    "Give the cluster a pod network of its own. Until then, masquerade packets to that address by a"
                    " rule of its own.",
                    (Proof("simulation", ref_of(place.node), observed),),
                ),
                step=view.trace.last,
                itself=True,
            )
        return
    if view.case.is_inside(packet.dst) or place.node not in view.case.pods.peers:
        return
    exempting = _exempting(view)
    observed = f"packets to {packet.dst} leave {place.node} by {place.device} with the pod's address {packet.src}"
    why, change = "no rule masquerades them", "$ iptables -t nat -S POSTROUTING"
    if exempting is not None:
        why, change = f'rule "{exempting.text.strip()}" exempts them from being masqueraded', command(exempting)
    yield Cause(
        finding(
            "snat-missing",
            Location(node=place.node),
            f"{place.node} masquerades pod traffic that leaves the cluster",
            f"{observed}; {why}",
            "Let the CNI masquerade (flannel: --ip-masq, then restart its agent), or find the rule that exempts these"
            f" packets:\n{change}",
            (Proof("simulation", ref_of(place.node), f"{observed}; {why}"),),
        ),
        step=view.trace.last,
        itself=True,
        shown=exempting is not None,
    )


def _exempting(view: View) -> Rule | None:
    """The rule without which the packets would leave with another address than the pod's."""
    for step in view.trace.steps():
        rule = step.decided
        if step.stage is not Stage.NAT or not isinstance(rule, Rule) or step.place.node != view.place.node:
            continue
        changed = repair.at(step.place, repair.without(rule))(view.network)
        trip = view.case.paths(changed).round_trip(view.trip.start, view.trip.request, view.trip.answered)
        sources = {way.forward.packet.src for way in trip.ways if way.forward.packet is not None}
        if sources and not any(view.case.pods.is_pod_address(source) for source in sources):
            return rule
    return None
