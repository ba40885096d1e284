# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Tunnel devices that do not know the MAC of the other end, or where it is."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    label_of,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._devices import device_ends, down
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._filters import filtered
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._routes import (
    bridge_address,
    by_rule,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._tunnel_entries import asks_nobody
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._tunnel_sources import (
    agent_or,
    restart_agent,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Link, Neighbour
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._neighbour import answers
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place, Reason
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._question import unheard


def fdb_missing(view: View) -> Cause:
    """A tunnel device that knows the MAC of the other end, and not on which node it is."""
    place, mac = view.place, view.packet.dst_mac or ""
    device = place.device or "the tunnel"
    peers = view.case.pods.peer_by_mac(mac)
    other = peers[0].node if len(peers) == 1 else "the other node"
    dst = peers[0].tunnel_addresses[0] if len(peers) == 1 and peers[0].tunnel_addresses else None
    observed = f"{device} has no forwarding entry for {mac}"
    surface = Cause(
        finding(
            "fdb-entry-missing",
            Location(node=place.node, device=place.device),
            f"{device} of {place.node} has a forwarding entry for {mac}, the tunnel end of {other}",
            observed,
            restart_agent(place.node, "it writes these entries")
            + f"\nUntil then: bridge fdb append {mac} dev {device} dst NODE_ADDRESS self permanent",
            (Proof("config", ref_of(place.node), observed),),
        ),
        repair.at(place, repair.fdb(device, mac, dst)) if dst else None,
        step=view.trace.last,
        backwards=view.backwards,
        itself=True,
    )
    return agent_or(view, surface, place.node)


def _second_device(view: View, place: Place, address: str) -> str:
    """The pod of a node that has an address by which the cluster does not know it; empty where none has."""
    node = view.case.evidence.nodes.get(place.node)
    if node is None or place.netns != HOST or view.case.owner_of(address) is not None:
        return ""
    return next((pod.id for pod in node.pods if address in pod.addresses and not pod.host_network), "")


def unresolved(view: View) -> t.Iterator[Cause]:
    """Nobody answers for the next hop."""
    place, step = view.place, view.trace.last
    namespace = view.case.namespace(place)
    if namespace is not None and "neighbours" in namespace.unread:
        return
    routed = view.routed()
    last = routed[-1] if routed else None
    next_hop = (last.gateway or last.packet.dst) if last else view.packet.dst
    decided = view.decided
    entry = decided if isinstance(decided, Neighbour) else None
    if entry is not None:
        next_hop = entry.address
    device = (entry.dev if entry else None) or place.device
    host = view.case.host(place.node)
    link = host.links.get(device or "") if host is not None and place.netns == HOST else None
    tunnel = link is not None and link.vxlan is not None
    if place.netns != HOST and last is not None and last.gateway:
        bridge = bridge_address(view, place, None)
        if bridge is not None:
            yield bridge
            return
    if link is not None and "NOARP" in link.flags and not tunnel:
        yield asks_nobody(view, place, link, view.trace.last)
        return
    peer = view.case.pods.vtep(next_hop) if tunnel else None
    state = entry.state if entry else "none"
    observed = (
        f"its entry for {next_hop} is {state}"
        if entry is not None
        else f"it has no entry for {next_hop}, and nobody answers for it"
    )
    beside = _second_device(view, place, next_hop)
    if beside:
        observed += (
            f"; {beside} on the same node has that address on a device of its own: what stands on {device}, as macvlan"
            " and ipvlan do, cannot be reached from the node itself"
        )
    change = repair.neighbour(device or "", next_hop, peer.vtep_mac if peer else None)
    surface = Cause(
        finding(
            "neighbour-failed",
            location_of(place, device),
            f"{device} of {place.node} knows the hardware address of {next_hop}",
            observed,
            restart_agent(place.node, "it writes the neighbour entries of its tunnel")
            + f"\nUntil then: ip neigh show dev {device}"
            if tunnel
            else f"Find out why nobody answers for {next_hop}:\n$ ip neigh show dev {device}; arping -I {device}"
            f" {next_hop}",
            (Proof("config", ref_of(place.node), f"{device}: {observed}"),),
            heading="The next hop's hardware address is missing or wrong"
            + (" on the way back" if view.backwards else ""),
        ),
        repair.at(place, change) if device else None,
        step=step,
        backwards=view.backwards,
        open="" if tunnel else f"why nobody answers for {next_hop}",
    )
    if tunnel:
        yield agent_or(view, surface, place.node)
        return
    known = next(iter(view.network.owners(next_hop)), None) or view.case.pods.node_with(next_hop)
    if last is not None and last.gateway == next_hop and known is None:
        # A gateway of a table of its own that nobody is, as what was removed leaves it behind.
        diverted = by_rule(view, last, None)
        if diverted is not None:
            yield surface.because_of(diverted)
    silent = _silent(view, place, device, next_hop)
    yield surface.because_of(silent) if silent is not None else surface


def _silent(view: View, place: Place, device: str | None, address: str) -> Cause | None:
    """Why nobody answers for an address, of whoever has it; its change comes with the entry that the answer makes."""
    asker = dataclasses.replace(place, device=device)
    own = view.network.link(asker)
    sender = next((entry.address for entry in own.addresses if entry.family == 4), None) if own is not None else None
    for owner in view.network.owners(address):
        link = view.network.link(owner)
        if link is None or (owner.node, owner.netns) == (place.node, place.netns):
            continue
        cause = _down(view, owner, link) or _mute(view, owner, link, address, sender)
        if cause is None and sender is not None and ":" not in address:
            cause = _unheard(view, asker, owner, address, sender)
        if cause is not None:
            entry = repair.at(place, repair.neighbour(device or "", address, link.mac))
            return dataclasses.replace(cause, repair=repair.both(*filter(None, (cause.repair, entry))))
    return None


def _down(view: View, owner: Place, link: Link) -> Cause | None:
    """Its device is down."""
    return None if link.up and link.carrier is not False else down(view, owner, link, False)


def _mute(view: View, owner: Place, link: Link, address: str, sender: str | None) -> Cause | None:
    """It is told to answer nobody."""
    namespace = view.case.namespace(owner)
    if namespace is None or ":" in address or answers(namespace, link, address, sender):
        return None
    if "NOARP" in link.flags:
        return asks_nobody(view, owner, link, view.trace.last) if link.vxlan is None else None
    # The larger one of the two counts.
    names = (f"net.ipv4.conf.{link.name}.arp_ignore", "net.ipv4.conf.all.arp_ignore")
    name = max(names, key=lambda one: int(namespace.sysctls.get(one) or 0))
    value = namespace.sysctls.get(name) or "0"
    if value in ("0", "1"):
        return None
    observed = f"{name} is {value}: it does not answer who asks for {address}"
    return Cause(
        finding(
            "neighbour-failed",
            location_of(owner, link.name),
            f"{label_of(owner)} answers for {address}: {name} is 0 or 1",
            observed,
            f"$ sysctl -w {name}=0\nin {label_of(owner)}; then find out what set it.",
            (Proof("config", ref_of(owner.node), observed),),
        ),
        repair.at(owner, repair.sysctl(name, "0")),
        step=view.trace.last,
        backwards=view.backwards,
        itself=True,
    )


def _unheard(view: View, asker: Place, owner: Place, address: str, sender: str) -> Cause | None:
    """A rule takes the question for a hardware address, or its answer; or a bridge's port does not get it."""
    trace = unheard(view.network, asker, owner, address, sender)
    if trace is None:
        return None
    met = dataclasses.replace(view, trace=trace)
    blocked = device_ends(met) if trace.reason is Reason.PORT_BLOCKED else ()
    return next(itertools.chain(filtered(met), blocked), None)
