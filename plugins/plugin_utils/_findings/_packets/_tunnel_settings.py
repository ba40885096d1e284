# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Ends of a tunnel whose port, VNI or MACs do not fit one another."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    Repair,
    finding,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._tunnel_sources import (
    restart_agent,
    same_mac,
    tunnel_name,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._cni import FLANNEL_PORT, Peer
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._majority import By, Odd, odd_one_out
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import (
    HOST,
    FdbEntry,
    Link,
    Namespace,
    Vxlan,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place, Reason

# What the ends of a tunnel have to agree about, by what ends a packet where they do not.
VNI, PORT, GROUP = "vni", "port", "gbp"
SETTINGS: t.Mapping[Reason, str] = {Reason.TUNNEL_VNI: VNI, Reason.TUNNEL_PORT: PORT, Reason.TUNNEL_GROUP: GROUP}
# What each is called, the finding, and the field of a VXLAN device.
_OF = {
    VNI: ("VNI", "tunnel-vni-mismatch", "id"),
    PORT: ("UDP port", "tunnel-port-mismatch", "port"),
    GROUP: ("group policy extension (gbp)", "tunnel-vni-mismatch", "gbp"),
}


def _value(vxlan: Vxlan, what: str) -> t.Any:
    if what == GROUP:
        return bool(vxlan.gbp)
    return vxlan.id if what == VNI else (vxlan.port or FLANNEL_PORT)


def wrong_port(view: View, entry: FdbEntry) -> Cause:
    """A fixed entry of a bridge that names another port than the one the hardware address is behind, or the bridge."""
    place = view.place
    own = entry.dev == place.device
    names = "says that it is the bridge's own" if own else f"names {entry.dev}"
    observed = (
        f"its forwarding entry for {entry.mac} {names}, and the address is behind {'a' if own else 'another'} port"
    )
    return Cause(
        finding(
            "fdb-entry-wrong",
            location_of(place, place.device),
            f"{place.device} of {place.node} sends frames for {entry.mac} to the port that it is behind",
            observed,
            f"Remove the entry; the bridge learns the right port by itself:\n$ bridge fdb del {entry.mac} dev"
            f" {entry.dev} {'self' if own else 'master'}",
            (Proof("config", ref_of(place.node), observed),),
            heading="A bridge sends frames to the wrong port" + (" on the way back" if view.backwards else ""),
        ),
        repair.at(place, repair.without_fdb(entry)),
        step=view.trace.last,
        backwards=view.backwards,
        itself=True,
    )


def settings_differ(view: View, what: str) -> Cause | None:
    """VNI or port of the two ends; the odd one out of all nodes that have such a device. None where both ends have the
    same: what the packet had was not the device's."""
    name = tunnel_name(view)
    values: dict[str, t.Any] = {}
    for node in view.case.evidence.nodes.values():
        link = node.host.links.get(name or "")
        if link is not None and link.vxlan is not None and node.name in view.case.pods.peers:
            values[node.name] = _value(link.vxlan, what)
    flannel = view.case.pods.flannel
    configured = None
    if flannel is not None and name is not None and name.startswith("flannel."):
        configured = {VNI: flannel.vni, PORT: flannel.port, GROUP: flannel.group}[what]
    announced = {
        peer.node: peer.vni for peer in view.case.pods.peers.values() if what == "vni" and peer.vni is not None
    }
    odd = odd_one_out(values, configured, announced)
    if odd is None and len(values) > 1:
        return None
    odd = odd or Odd((view.place.node,), None, By.NOTHING)
    return _odd(view, what, name, values, odd)


def _odd(view: View, what: str, name: str | None, values: t.Mapping[str, t.Any], odd: Odd) -> Cause:
    label, identifier, field = _OF[what]
    node = odd.nodes[0] if view.place.node not in odd.nodes else view.place.node
    others = ", ".join(f"{value} on {one}" for one, value in sorted(values.items()))
    decided = {
        By.CONFIGURATION: f"the CNI's configuration wants {odd.wanted}",
        By.MAJORITY: f"most nodes use {odd.wanted}",
        By.ANNOUNCED: f"{odd.wanted} is what the node announced",
        By.NOTHING: "nothing says which of them is right",
    }[odd.by]
    undecided = odd.by is By.NOTHING and len(odd.nodes) > 1
    both = " and ".join(sorted(odd.nodes))
    fields: dict[str, t.Any] = {field: odd.wanted}
    mend = repair.both(*(repair.at(Place(one, HOST, name), repair.vxlan(name or "", **fields)) for one in odd.nodes))
    return Cause(
        finding(
            identifier,
            Location(node=node, device=name),
            f"{name} has the same {label} on every node",
            f"{name}: {others}; {decided}" + (f" ({both} differ)" if undecided else ""),
            f"Give all nodes the same {label} (flannel: net-conf.json), and restart the CNI's agent on"
            f" {both if undecided else node}.",
            (Proof("config", ref_of(node), f"{label} of {name}: {others}"),),
            heading="Only one end of the tunnel knows group policies" if what == GROUP else "",
        ),
        mend if odd.wanted is not None else None,
        step=view.trace.last,
        backwards=view.backwards,
        itself=True,
    )


def _remade(view: View, link: Link, peer: Peer) -> repair.Change:
    """The device with its announced address, and the neighbours that the change of address took away."""

    def change(namespace: Namespace) -> Namespace:
        namespace = repair.change_link(link.name, mac=peer.vtep_mac)(namespace)
        for other in view.case.pods.peers.values():
            for cidr in other.pod_cidrs if other.node != peer.node and other.vtep_mac else ():
                address = cidr.partition("/")[0]
                if namespace.neighbour(link.name, address) is None:
                    namespace = repair.neighbour(link.name, address, other.vtep_mac)(namespace)
        return namespace

    return change


def _told_apart(view: View, link: Link, peer: Peer) -> Repair:
    """A tunnel end with an address of its own: the one that it announced, or a new one, which all others are told."""
    here = Place(peer.node, HOST)
    if str(peer.vtep_mac).lower() != str(link.mac).lower():
        return repair.at(here, _remade(view, link, peer))
    used = {str(one.vtep_mac).lower() for one in view.case.pods.peers.values()}
    new = next(one for one in (f"02:00:00:00:00:{number:02x}" for number in range(256)) if one not in used)
    repairs = [repair.at(here, _remade(view, link, dataclasses.replace(peer, vtep_mac=new)))]
    for node in view.case.evidence.nodes:
        for cidr in peer.pod_cidrs if node != peer.node else ():
            repairs.append(repair.at(Place(node, HOST), repair.neighbour(link.name, cidr.partition("/")[0], new)))
        for address in peer.tunnel_addresses[:1] if node != peer.node else ():
            repairs.append(repair.at(Place(node, HOST), repair.fdb(link.name, new, address)))
    return repair.both(*repairs)


def mac_twice(view: View) -> t.Iterator[Cause]:
    """The far end has another hardware address than the one that was announced, or two ends have the same."""
    place = view.place
    host = view.case.host(place.node)
    name = place.device or tunnel_name(view)
    link: Link | None = host.links.get(name or "") if host else None
    peer: Peer | None = view.case.pods.peers.get(place.node)
    if link is None or link.mac is None:
        return
    mac = link.mac.lower()
    twins = [
        node.name
        for node in view.case.evidence.nodes.values()
        if node.name != place.node
        and (other := node.host.links.get(link.name)) is not None
        and (other.mac or "").lower() == mac
    ]
    announced = [one.node for one in view.case.pods.peer_by_mac(mac) if one.node != place.node]
    if twins or announced:
        wrong = place.node
        for one in [place.node, *twins]:
            mine = view.case.pods.peers.get(one)
            if mine is not None and mine.vtep_mac is not None and mine.vtep_mac != mac:
                wrong = one
        others = ", ".join(sorted({place.node, *twins, *announced} - {wrong}))
        observed = f"{link.name} of {wrong} has {mac}, as {link.name} of {others} has"
        own = view.case.pods.peers.get(wrong)
        yield Cause(
            same_mac(
                Location(node=wrong, device=link.name), wrong, observed, (Proof("config", ref_of(wrong), observed),)
            ),
            _told_apart(view, link, own) if own is not None and own.vtep_mac else None,
            step=view.trace.last,
            backwards=view.backwards,
            itself=True,
        )
        return
    if peer is not None and peer.vtep_mac and peer.vtep_mac != mac:
        observed = f"{link.name} has {mac}, and {place.node} announced {peer.vtep_mac}"
        yield Cause(
            finding(
                "tunnel-mac-mismatch",
                Location(node=place.node, device=link.name),
                f"{link.name} of {place.node} has the hardware address that the node announced",
                observed,
                restart_agent(place.node, "it announces the address that the device has"),
                (Proof("config", ref_of(place.node), observed),),
            ),
            repair.at(place, _remade(view, link, peer)),
            step=view.trace.last,
            backwards=view.backwards,
            itself=True,
        )
