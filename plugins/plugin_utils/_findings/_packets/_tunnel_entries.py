# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Entries that lead a tunnel packet elsewhere: neighbours, forwarding databases."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    Frames,
    finding,
    label_of,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._routes import AGENT
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._told_by_bridge import (
    told_by_bridge,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._tunnel_sources import (
    FLANNEL,
    restart_agent,
    same_mac,
    sources,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._cni import Peer
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import pod_netns
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import (
    HOST,
    FdbEntry,
    Link,
    Neighbour,
    Route,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._neighbour import FIXED
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place, Reason, Stage, Step


def mistaken(view: View) -> t.Iterator[Cause]:
    """Entries that the packet followed and that differ from what was announced, in the order in which it met them."""
    yield from sources(view)
    for step in view.trace.steps():
        if step.stage is Stage.NEIGHBOUR and isinstance(step.decided, Neighbour):
            yield from _neighbour(view, step, step.decided)
        if step.stage is Stage.TUNNEL and isinstance(step.decided, FdbEntry):
            yield from _fdb(view, step, step.decided)
        if step.stage is Stage.TUNNEL and isinstance(step.decided, Route) and step.decided.type == "local":
            taken = _taken(view, step, step.decided.dst.partition("/")[0])
            if taken is not None:
                yield taken


def _neighbour(view: View, step: Step, entry: Neighbour) -> t.Iterator[Cause]:
    """A hardware address that the owner of the address does not have."""
    if entry.mac is None:
        return
    wanted = _wanted_mac(view, step.place, entry)
    if wanted is None or wanted == entry.mac.lower():
        return
    twin = _twin(view, step.place, entry)
    if twin is not None:
        yield twin
        return
    told = told_by_bridge(view, step, entry, wanted)
    if told is not None:
        yield told
        return
    node, device = step.place.node, entry.dev
    link = _link(view, step.place, device)
    if link is not None and "NOARP" in link.flags and (link.mac or "").lower() == entry.mac.lower():
        yield asks_nobody(view, step.place, link, step)
        return
    owned = view.network.owners(entry.address) or view.case.pods.vtep(entry.address) is not None
    known = f"it has {entry.mac} for {entry.address}, "
    known += f"which belongs to {wanted}" if owned else f"for which the other nodes have {wanted}"
    unknown = _not_forwarded(view, step.place, entry, wanted)
    if unknown is not None:
        known += (
            f", and no forwarding entry for that: the agent of {node} has not followed what {unknown.node} announced"
        )
    others = _also_known_as(view, step.place, entry)
    if others:
        known += f"; {entry.mac} is the machine known as {', '.join(others)}"
    yield Cause(
        finding(
            "neighbour-failed",
            location_of(step.place, device),
            f"{device} of {node} knows the hardware address of {entry.address}",
            known,
            (f"Look whether {others[0]} has {entry.address}, too, and answers for it.\n" if others else "")
            + (
                ""
                if unknown is not None
                else f"Remove the entry, so that it is asked for again:\n$ ip neigh del {entry.address} dev {device}\n"
                "Where the CNI's agent writes it: "
            )
            + restart_agent(node, "it writes the neighbour entries of its tunnel"),
            (Proof("config", ref_of(node), f"neighbour {entry.address} on {device}: {entry.mac} {entry.state}"),),
        ),
        repair.both(
            repair.at(step.place, repair.neighbour(device, entry.address, wanted)),
            *(
                (repair.at(step.place, repair.fdb(device, wanted, unknown.tunnel_addresses[0])),)
                if unknown is not None
                else ()
            ),
        ),
        step=step,
        backwards=view.backwards,
        itself=True,
        frames=_frames(step.place, entry),
    )


def _frames(place: Place, entry: Neighbour) -> Frames | None:
    """What the entry sends astray."""
    return Frames(dataclasses.replace(place, device=entry.dev), (entry.mac,)) if entry.mac else None


def _not_forwarded(view: View, place: Place, entry: Neighbour, mac: str) -> Peer | None:
    """The node whose tunnel end has the address, where the tunnel has no forwarding entry for its hardware address
    either: one agent writes both, and both are of before."""
    peer = view.case.pods.vtep(entry.address)
    link, host = _link(view, place, entry.dev), view.case.namespace(place)
    if peer is None or link is None or link.vxlan is None or host is None or not peer.tunnel_addresses:
        return None
    known = any(one.dev == entry.dev and one.mac.lower() == mac for one in host.fdb)
    return None if known or "fdb" in host.unread else peer


def asks_nobody(view: View, place: Place, link: Link, step: Step | None) -> Cause:
    """A device that is told to ask nobody for hardware addresses: what it sends is for itself (arp_constructor())."""
    observed = f"{link.name} is set to NOARP: it asks nobody for hardware addresses"
    return Cause(
        finding(
            "neighbour-failed",
            location_of(place, link.name),
            f"{link.name} of {label_of(place)} asks for the hardware addresses of its neighbours",
            observed,
            f"$ ip link set {link.name} arp on\non {label_of(place)}; then find out what switched it off.",
            (Proof("config", ref_of(place.node), observed),),
        ),
        repair.at(place, repair.asking(link)),
        step=step,
        backwards=view.backwards,
        itself=True,
    )


def _link(view: View, place: Place, device: str) -> Link | None:
    namespace = view.case.namespace(place)
    return namespace.links.get(device) if namespace is not None else None


def _also_known_as(view: View, place: Place, entry: Neighbour) -> list[str]:
    """Other addresses on that device that have the same hardware address."""
    namespace = view.case.namespace(place)
    mac = (entry.mac or "").lower()
    return [
        one.address
        for one in (namespace.neighbours if namespace is not None else ())
        if one.dev == entry.dev and one.mac and one.mac.lower() == mac and one.address != entry.address
    ][:3]


def _twin(view: View, place: Place, entry: Neighbour) -> Cause | None:
    """Another namespace of the node whose device has the address, too, and answered for it."""
    node = view.case.evidence.nodes[place.node]
    for name, namespace in node.namespaces.items():
        link = namespace.owner_of(entry.address)
        if link is None or not link.mac or link.mac.lower() != (entry.mac or "").lower():
            continue
        where = Place(place.node, name)
        observed = f"{link.name} of {name} has {entry.address}, too, and answers for it"
        return Cause(
            finding(
                "duplicate-address",
                location_of(where, link.name),
                f"only one pod has the address {entry.address}",
                observed,
                f"Take the address away from {link.name}, or delete that pod; then find out what gave it twice.",
                (Proof("config", ref_of(place.node), observed),),
            ),
            repair.both(
                repair.at(where, repair.remove_address(entry.address)),
                repair.at(place, repair.neighbour(entry.dev, entry.address, _wanted_mac(view, place, entry))),
            ),
            backwards=view.backwards,
            itself=True,
            frames=_frames(place, entry),
        )
    return _answered_by_another(view, place, entry)


def _answered_by_another(view: View, place: Place, entry: Neighbour) -> Cause | None:
    """An entry that was learnt, with a hardware address that is alive on another port of the same bridge."""
    host = view.case.namespace(place)
    if host is None or FIXED & set(entry.state.split()) or view.case.owner_of(entry.address) is None:
        return None
    mac = (entry.mac or "").lower()
    port = next((one.dev for one in host.fdb if one.mac.lower() == mac and one.dev != entry.dev and not one.dst), None)
    if port is None or host.links.get(port) is None or host.links[port].master != entry.dev:
        return None
    observed = f"the device behind {port} ({mac}) answers for {entry.address}, too"
    return Cause(
        finding(
            "duplicate-address",
            Location(node=place.node),
            f"only one pod has the address {entry.address}",
            observed,
            f"Find the second owner behind {port} and take the address away from it, or delete that pod.",
            (Proof("config", ref_of(place.node), f"neighbour {entry.address} on {entry.dev}: {mac}; {observed}"),),
        ),
        repair.at(place, repair.neighbour(entry.dev, entry.address, _wanted_mac(view, place, entry))),
        backwards=view.backwards,
        itself=True,
        frames=_frames(place, entry),
    )


def _wanted_mac(view: View, place: Place, entry: Neighbour) -> str | None:
    """The MAC address of who has the address: a pod's, a tunnel end's, a node's; None where nobody knows."""
    nodes = view.case.evidence.nodes
    host = view.case.host(place.node)
    link = host.links.get(entry.dev) if host is not None and place.netns == HOST else None
    if link is not None and link.vxlan is not None:
        peer = view.case.pods.vtep(entry.address)
        if peer is None:
            return None
        far = nodes.get(peer.node)
        real = far.host.links.get(entry.dev) if far else None
        return peer.vtep_mac or (real.mac.lower() if real is not None and real.mac else None)
    pod = view.case.owner_of(entry.address)
    right = pod_netns(pod) if pod else HOST
    for node in nodes.values():
        for name, namespace in node.namespaces.items():
            owner = namespace.owner_of(entry.address)
            near = name == HOST or node.name == place.node
            if owner is not None and owner.mac and near and (pod is None or name == right):
                return owner.mac.lower()
    known = view.network.macs_for(dataclasses.replace(place, device=entry.dev), entry.address) if pod is None else ()
    return next(iter(known)) if len(known) == 1 else None


def _taken(view: View, step: Step, address: str | None) -> Cause | None:
    """A node that has the address of the tunnel's other end itself: the tunnel's packets never leave it."""
    place = step.place
    host = view.case.namespace(place)
    link = host.owner_of(address) if host is not None else None
    owner = view.case.pods.node_with(address)
    if host is None or link is None or owner is None or owner == place.node or address is None:
        return None
    entry, peer = next((one for one in host.fdb if one.dst == address), None), view.case.pods.peers.get(owner)
    announced = _announced_by_two(view, step, entry, peer) if entry is not None and peer is not None else None
    if announced is not None:
        return announced
    observed = f"{link.name} of {place.node} has {address} too, so tunnel packets for {owner} never leave {place.node}"
    return Cause(
        finding(
            "duplicate-address",
            location_of(place, link.name),
            f"only {owner} has the address {address}",
            observed,
            f"Take the address away from {link.name}, and find out what put it there (externalIPs in IPVS mode do):\n"
            f"$ ip address del {address} dev {link.name}",
            (Proof("config", ref_of(place.node), observed),),
        ),
        repair.at(place, repair.remove_address(address)),
        step=step,
        backwards=view.backwards,
        itself=True,
    )


def _fdb(view: View, step: Step, entry: FdbEntry) -> t.Iterator[Cause]:
    """A forwarding entry that leads to an address that the other node does not have."""
    taken = _taken(view, step, entry.dst)
    if taken is not None:
        yield taken
        return
    peer = _meant(view, entry)
    node = step.place.node
    if peer is None or entry.dst is None or not peer.tunnel_addresses:
        return
    if entry.dst in peer.tunnel_addresses:
        own = _of_its_own(view, step, entry, peer)
        if own is not None:
            yield own
        yield from _announced(view, step, entry, peer)
        return
    twins = _alike(view, step, entry, peer)
    if twins is not None:
        yield twins
        return
    expected = peer.tunnel_addresses
    observed = f"its forwarding entry for {entry.mac} leads to {entry.dst}, which is no address of {peer.node}"
    yield Cause(
        finding(
            "fdb-entry-wrong",
            Location(node=node, device=entry.dev),
            f"{entry.dev} of {node} sends packets for {peer.node} to {' or '.join(expected)}",
            observed,
            restart_agent(node, "it writes the entry again")
            + f"\nUntil then: bridge fdb replace {entry.mac} dev {entry.dev} dst {expected[0]} self permanent",
            (Proof("config", ref_of(node), observed),),
            heading="The tunnel sends to the wrong node address" + (" on the way back" if view.backwards else ""),
        ),
        repair.at(step.place, repair.fdb(entry.dev, entry.mac, expected[0])),
        step=step,
        backwards=view.backwards,
        itself=True,
    )


def _of_its_own(view: View, step: Step, entry: FdbEntry, peer: Peer) -> Cause | None:
    """An entry with the right address, and a UDP port, network identifier or device to leave by that the tunnel does
    not have."""
    host, node = view.case.namespace(step.place), step.place.node
    link = host.links.get(entry.dev) if host is not None else None
    if link is None or link.vxlan is None or entry.dst is None:
        return None
    other = []
    if entry.port not in (None, link.vxlan.port):
        other.append(f"UDP port {entry.port}, where {entry.dev} has {link.vxlan.port}")
    if entry.vni not in (None, link.vxlan.id):
        other.append(f"VNI {entry.vni}, where {entry.dev} has {link.vxlan.id}")
    if entry.via not in (None, link.vxlan.dev):
        other.append(f"{entry.via} to leave by, where {entry.dev} has {link.vxlan.dev or 'what the routes say'}")
    if not other:
        return None
    observed = f"its forwarding entry for {entry.mac}, which leads to {peer.node}, has {' and '.join(other)}"
    return Cause(
        finding(
            "fdb-entry-wrong",
            Location(node=node, device=entry.dev),
            f"{entry.dev} of {node} sends packets for {peer.node} as {entry.dev} there takes them",
            observed,
            f"Replace the entry by one without settings of its own:\n$ bridge fdb del {entry.mac} dev {entry.dev} self"
            f"\n$ bridge fdb append {entry.mac} dev {entry.dev} dst {entry.dst} self permanent",
            (Proof("config", ref_of(node), observed),),
            heading="A forwarding entry of the tunnel has settings of its own"
            + (" on the way back" if view.backwards else ""),
        ),
        repair.at(step.place, repair.fdb(entry.dev, entry.mac, entry.dst)),
        step=step,
        backwards=view.backwards,
        itself=True,
    )


def _meant(view: View, entry: FdbEntry) -> Peer | None:
    """The node that a forwarding entry of a tunnel is for: by its hardware address, of several with the same one that
    whose pods the packet is for.
    """
    peers = view.case.pods.peer_by_mac(entry.mac)
    if len(peers) == 1:
        return peers[0]
    packet = view.trace.packet
    inner = packet.inner if packet is not None and packet.inner is not None else packet
    return next((one for one in peers if inner is not None and one.owns(inner.dst)), None)


def _announced(view: View, step: Step, entry: FdbEntry, peer: Peer) -> t.Iterator[Cause]:
    """A node whose agent has announced an address for its tunnel that none of its devices has, so that what the others
    send there leaves the cluster. Where the nodes are behind translation that is meant: then the sender has none of its
    own announced addresses either, or the address was written by hand (public-ip-overwrite)."""
    far, near = view.case.host(peer.node), view.case.host(step.place.node)
    left = view.reason is Reason.EXTERNAL and view.packet.dst == entry.dst
    if far is None or entry.dst is None or not left or far.owner_of(entry.dst) is not None:
        return
    mine = view.case.pods.peers.get(step.place.node)
    sender = mine.public_ip if mine is not None else None
    if sender is None or near is None or near.owner_of(sender) is None:
        return
    wrong = _wrongly_announced(view, step, entry, peer, "no device of it has")
    if wrong is not None:
        yield wrong


def _announced_by_two(view: View, step: Step, entry: FdbEntry, peer: Peer) -> Cause | None:
    """A node whose agent has announced an address that the sender has as well, as that of a NIC which each virtual
    machine has with the same address, and that its tunnel does not send from."""
    return _wrongly_announced(view, step, entry, peer, f"{step.place.node} has, too")


def _wrongly_announced(view: View, step: Step, entry: FdbEntry, peer: Peer, which: str) -> Cause | None:
    """An announced address that the node's tunnel does not send from, unless a person wrote it."""
    far = view.case.host(peer.node)
    link = far.links.get(entry.dev) if far is not None else None
    own = link.vxlan.local if link is not None and link.vxlan is not None else None
    annotations = (view.case.index.nodes.get(peer.node) or {}).get("metadata", {}).get("annotations") or {}
    if own is None or entry.dst is None or own == entry.dst or annotations.get(f"{FLANNEL}/public-ip-overwrite"):
        return None
    observed = f"the others send to {entry.dst}, which it has announced and {which}; it sends from {own}"
    return Cause(
        finding(
            "tunnel-source-mismatch",
            Location(node=peer.node, device=entry.dev),
            f"{peer.node} announces the address of its tunnel, {own}",
            observed,
            f"Let the CNI's agent of {peer.node} announce the right address (flannel: --iface or --public-ip; it writes"
            f" the annotation {FLANNEL}/public-ip when it starts):\n{AGENT.format(node=peer.node)}",
            (Proof("config", "cluster.json.gz", f"{peer.node} is announced as {entry.dst}"),),
            heading="A node announces a tunnel address that is not its own",
        ),
        repair.at(step.place, repair.fdb(entry.dev, entry.mac, own)),
        step=step,
        backwards=view.backwards,
        itself=True,
    )


def _alike(view: View, step: Step, entry: FdbEntry, peer: Peer) -> Cause | None:
    """An entry that leads to a second node, which has the same hardware address for its tunnel, or is believed to."""
    other, node = view.case.pods.node_with(entry.dst), step.place.node
    host = view.case.host(node)
    if other is None or other in (peer.node, node) or host is None:
        return None
    mac = entry.mac.lower()
    far = view.case.host(other)
    real = far.links.get(entry.dev) if far is not None else None
    if real is not None and (real.mac or "").lower() != mac:
        return None
    known = view.case.pods.peers[other]
    believed = [
        one.address
        for one in host.neighbours
        if one.dev == entry.dev and (one.mac or "").lower() == mac and view.case.pods.vtep(one.address) == known
    ]
    if real is None and not believed and known.vtep_mac != mac:
        return None
    shown = f"{entry.dev} of {node} has one entry for {mac}, which leads to {other}"
    seen = f"{entry.dev} of {other} has {mac}, as {entry.dev} of {peer.node} has"
    if real is None:
        what = f"its neighbour {believed[0]}" if believed else f"{other} announced {mac}"
        seen = f"{entry.dev} of {node} takes {mac} for the address of {peer.node} and of {other} ({what})"
    return Cause(
        same_mac(
            Location(node=other if known.vtep_mac != mac or real is not None else None, device=entry.dev),
            other,
            f"{seen}; {shown}",
            (Proof("config", ref_of(node), shown), Proof("config", ref_of(other if real else node), seen)),
        ),
        repair.at(step.place, repair.fdb(entry.dev, entry.mac, peer.tunnel_addresses[0])),
        step=step,
        backwards=view.backwards,
        itself=real is not None,
        open="" if real is not None else f"{other} was not read: whether {entry.dev} there has this address",
    )
