# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Packets with a pod's address where another one is needed: outside the cluster, and on the way back to that pod."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding, ref_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._filters import command
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._routes import route_text
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place, Reason, Stage


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
    exempting = _exempting(view, lambda source: not view.case.pods.is_pod_address(source))
    cause = _not_masqueraded(
        view,
        place.node,
        "masquerades pod traffic that leaves the cluster",
        f"packets to {packet.dst} leave {place.node} by {place.device} with the pod's address {packet.src}",
        "Let the CNI masquerade (flannel: --ip-masq, then restart its agent)",
        exempting,
    )
    yield dataclasses.replace(cause, shown=exempting is not None)


def meets_itself(view: View) -> t.Iterator[Cause]:
    """A packet to a Service that was led back to its sender, whose own address it has still as its source: nobody takes
    that from outside (fib_validate_source())."""
    packet, hops = view.packet, view.trace.hops
    sender = hops[0] if hops else None
    node = next((hop for hop in reversed(hops) if hop.netns == HOST), None)
    if view.backwards or sender is None or node is None or packet.src != packet.dst:
        return
    if (sender.node, sender.netns) != (view.place.node, view.place.netns) or sender.before.dst == packet.dst:
        return
    exempting = _exempting(view, lambda source: source != packet.src)
    cause = _not_masqueraded(
        view,
        node.node,
        "masquerades what it leads back to its sender",
        f"packets of {packet.src} to {sender.before.dst} come back to it with its own address as their source",
        "Let kube-proxy masquerade what a pod sends to itself by a Service",
        exempting,
    )
    if exempting is not None:
        rule, place = exempting
        cause = dataclasses.replace(cause, repair=repair.at(place, repair.without(rule)))
    yield cause


def _not_masqueraded(
    view: View, node: str, what: str, seen: str, advice: str, exempting: tuple[Rule, Place] | None
) -> Cause:
    """The cause that a node does not masquerade. what: it ought to; seen: the packets; exempting: see _exempting()."""
    why, change = "no rule masquerades them", "$ iptables -t nat -S POSTROUTING"
    if exempting is not None:
        rule, _place = exempting
        why, change = f'rule "{rule.text.strip()}" exempts them from being masqueraded', command(rule)
    observed = f"{seen}; {why}"
    return Cause(
        finding(
            "snat-missing",
            Location(node=node),
            f"{node} {what}",
            observed,
            f"{advice}, or find the rule that exempts these packets:\n{change}",
            (Proof("simulation", ref_of(node), observed),),
        ),
        step=view.trace.last,
        itself=True,
    )


def _exempting(view: View, is_right: t.Callable[[str], bool]) -> tuple[Rule, Place] | None:
    """The rule without which all that end there would have a source address that is right, and its place."""
    for step in view.trace.steps():
        rule = step.decided
        if step.stage is not Stage.NAT or not isinstance(rule, Rule) or step.place.node != view.place.node:
            continue
        changed = repair.at(step.place, repair.without(rule))(view.network)
        trip = view.case.paths(changed).round_trip(view.trip.start, view.trip.request, view.trip.answered)
        sent = [way.forward.packet for way in trip.ways if way.forward.packet is not None]
        sources = {one.src for one in sent if one.dst == view.inner.dst}
        if sources and all(map(is_right, sources)):
            return rule, step.place
    return None
