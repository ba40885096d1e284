# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Tunnels and neighbours: entries that are missing or wrong, and ends that do not fit one another."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    label_of,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._workloads import missing_agent
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._devices import down
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._filters import filtered
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._routes import (
    AGENT,
    bridge_address,
    by_rule,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Finding, Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _nic_files
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._cni import FLANNEL_PORT, Peer
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._majority import By, Odd, odd_one_out
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import pod_netns
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import (
    HOST,
    FdbEntry,
    Link,
    Namespace,
    Neighbour,
    Route,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._neighbour import answers
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place, Reason, Stage, Step
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._question import unheard

_FLANNEL = "flannel.alpha.coreos.com"


def _restart(node: str, why: str) -> str:
    return f"Restart the CNI agent on {node}: {why}. Its pod is in:\n{AGENT.format(node=node)}"


def mistaken(view: View) -> t.Iterator[Cause]:
    """Entries that the packet followed and that differ from what was announced, in the order in which it met them."""
    yield from _sources(view)
    for step in view.trace.steps():
        if step.stage is Stage.NEIGHBOUR and isinstance(step.decided, Neighbour):
            yield from _neighbour(view, step, step.decided)
        if step.stage is Stage.TUNNEL and isinstance(step.decided, FdbEntry):
            yield from _fdb(view, step, step.decided)
        if step.stage is Stage.TUNNEL and isinstance(step.decided, Route) and step.decided.type == "local":
            taken = _taken(view, step, step.decided.dst.partition("/")[0])
            if taken is not None:
                yield taken


def tunnel_ends(view: View) -> t.Iterator[Cause]:
    """A tunnel, or a neighbour, that ended the packet."""
    reason, place, step = view.reason, view.place, view.trace.last
    if reason is Reason.FDB_MISSING:
        yield _fdb_missing(view)
    elif reason is Reason.TUNNEL_SOURCE and place.device is not None:
        foreign = source_mismatch(view.case, place.node, place.device)
        if foreign is not None:
            yield dataclasses.replace(foreign, step=step, backwards=view.backwards)
    elif reason is Reason.FDB_WRONG and isinstance(view.decided, FdbEntry):
        yield _wrong_port(view, view.decided)
    elif reason in (Reason.NEIGHBOUR_FAILED, Reason.NEIGHBOUR_WRONG):
        yield from _unresolved(view)
    elif reason in (Reason.TUNNEL_VNI, Reason.TUNNEL_PORT):
        yield _differ(view, "vni" if reason is Reason.TUNNEL_VNI else "port")
    elif reason is Reason.TUNNEL_MAC:
        yield from _macs(view)
    elif reason is Reason.NO_TUNNEL:
        name = next((link for link in (_tunnel_name(view),) if link), None)
        yield Cause(
            finding(
                "device-missing",
                location_of(place, name),
                f"{place.node} has the tunnel device {name or 'that opens these packets'}",
                f"{place.node} does not have it",
                _restart(place.node, "it makes its devices again"),
                (Proof("config", ref_of(place.node), f"no VXLAN device of {place.node} takes the packets"),),
            ),
            step=step,
            backwards=view.backwards,
            itself=True,
        )


def _tunnel_name(view: View) -> str | None:
    """The device by which the packet went into the tunnel: both ends have the same name with every CNI."""
    for step in view.trace.steps():
        if step.stage is Stage.TUNNEL and step.place.device:
            return step.place.device
    return None


# -- sources -------------------------------------------------------------------------------------------------------
def _sources(view: View) -> t.Iterator[Cause]:
    """A tunnel that sends from an address by which nobody knows its node."""
    for hop in [*view.way.forward.hops, *(view.way.back.hops if view.way.back else ())]:
        after = hop.after
        if after.inner is None or after.vni is None or hop.before.vni is not None:
            continue
        name = next((step.place.device for step in hop.steps if step.stage is Stage.TUNNEL), None)
        if name is not None:
            cause = source_mismatch(view.case, hop.node, name)
            if cause is not None:
                yield cause


def source_mismatch(case: Case, node: str, name: str) -> Cause | None:
    """Whether a tunnel device of a node sends from a strange address; deeper: a NIC that got a second one."""
    peer, host = case.pods.peers.get(node), case.host(node)
    link = host.links.get(name) if host else None
    if peer is None or host is None or link is None or link.vxlan is None or not link.vxlan.local:
        return None
    expected = peer.tunnel_addresses
    if not expected or link.vxlan.local in expected:
        return None
    observed = f"{name} sends from {link.vxlan.local}"
    proof = Proof("config", ref_of(node), f"{observed}; the other nodes know {node} as {' or '.join(expected)}")
    place = Place(node, HOST, name)
    surface = Cause(
        finding(
            "tunnel-source-mismatch",
            Location(node=node, device=name),
            f"{name} sends from {' or '.join(expected)}, by which the other nodes know {node}",
            observed,
            f"Give the NIC one address; then restart the CNI agent on {node}, so that {name} is made with local "
            f"{expected[0]}:\n{AGENT.format(node=node)}",
            (proof,),
        ),
        repair.at(place, repair.vxlan(name, local=expected[0])),
        itself=True,
    )
    found = case.evidence.nodes[node]
    for config, nic in _nic_files.conflicts(found):
        if any(entry.address == link.vxlan.local for entry in nic.addresses):
            running = [entry for entry in nic.addresses if entry.family == 4 and entry.scope == "global"]
            shown = ", ".join(
                f"{entry.address}/{entry.prefix}" + (" (leased)" if entry.dynamic else "") for entry in running
            )
            deeper = Cause(
                finding(
                    "nic-static-and-dhcp",
                    Location(node=node, device=nic.name),
                    f"{nic.name} gets its address either from {config.path} or by DHCP",
                    f"{nic.name} gets both: {shown}",
                    f"In `{config.path}` keep one of the two, for a node normally the static address"
                    " (`BOOTPROTO=none`). Then remove the other address and restart the network and the CNI agent on"
                    f" {node}:\n$ ip address del {_nic_files.surplus(config, nic)} dev {nic.name}",
                    (
                        Proof(
                            "config",
                            ref_of(node),
                            f"{config.path}: DHCP, and the static address {', '.join(config.addresses) or 'given'}",
                        ),
                        Proof("config", ref_of(node), f"{nic.name} has {len(running)} addresses: {shown}"),
                        proof,
                    ),
                ),
                itself=True,
            )
            return surface.because_of(deeper)
    return surface


# -- entries -------------------------------------------------------------------------------------------------------
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
    node, device = step.place.node, entry.dev
    known = f"it has {entry.mac} for {entry.address}, which belongs to {wanted}"
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
            + f"Remove the entry, so that it is asked for again:\n$ ip neigh del {entry.address} dev {device}\n"
            + "Where the CNI's agent writes it: "
            + _restart(node, "it writes the neighbour entries of its tunnel"),
            (Proof("config", ref_of(node), f"neighbour {entry.address} on {device}: {entry.mac} {entry.state}"),),
        ),
        repair.at(step.place, repair.neighbour(device, entry.address, wanted)),
        step=step,
        backwards=view.backwards,
        itself=True,
    )


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
        )
    return _answered_by_another(view, place, entry)


def _answered_by_another(view: View, place: Place, entry: Neighbour) -> Cause | None:
    """An entry that was learnt, with a hardware address that is alive on another port of the same bridge."""
    host = view.case.namespace(place)
    if host is None or entry.state == "PERMANENT" or view.case.owner_of(entry.address) is None:
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
    return None


def _taken(view: View, step: Step, address: str | None) -> Cause | None:
    """A node that has the address of the tunnel's other end itself: the tunnel's packets never leave it."""
    place = step.place
    host = view.case.namespace(place)
    link = host.owner_of(address) if host is not None else None
    owner = view.case.pods.node_with(address)
    if link is None or owner is None or owner == place.node or address is None:
        return None
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
            _restart(node, "it writes the entry again")
            + f"\nUntil then: bridge fdb replace {entry.mac} dev {entry.dev} dst {expected[0]} self permanent",
            (Proof("config", ref_of(node), observed),),
            heading="The tunnel sends to the wrong node address" + (" on the way back" if view.backwards else ""),
        ),
        repair.at(step.place, repair.fdb(entry.dev, entry.mac, expected[0])),
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


def _same_mac(location: Location, wrong: str, observed: str, proofs: tuple[Proof, ...]) -> Finding:
    """Two tunnel ends with one hardware address. wrong: the node whose agent makes the device anew."""
    return finding(
        "tunnel-mac-duplicate",
        location,
        "every tunnel end has its own hardware address",
        observed,
        _restart(wrong, "it makes the device with an address of its own"),
        proofs,
    )


def _announced(view: View, step: Step, entry: FdbEntry, peer: Peer) -> t.Iterator[Cause]:
    """A node whose agent has announced an address for its tunnel that none of its devices has, so that what the others
    send there leaves the cluster. Where the nodes are behind translation that is meant: then the sender has none of its
    own announced addresses either, or the address was written by hand (public-ip-overwrite)."""
    far, near = view.case.host(peer.node), view.case.host(step.place.node)
    link = far.links.get(entry.dev) if far is not None else None
    own = link.vxlan.local if link is not None and link.vxlan is not None else None
    left = view.reason is Reason.EXTERNAL and view.packet.dst == entry.dst
    if far is None or own is None or entry.dst is None or not left or far.owner_of(entry.dst) is not None:
        return
    mine = view.case.pods.peers.get(step.place.node)
    sender = mine.public_ip if mine is not None else None
    annotations = (view.case.index.nodes.get(peer.node) or {}).get("metadata", {}).get("annotations") or {}
    behind = sender is None or near is None or near.owner_of(sender) is None
    if behind or annotations.get(f"{_FLANNEL}/public-ip-overwrite"):
        return
    observed = f"the others send to {entry.dst}, which it has announced and no device of it has; it sends from {own}"
    yield Cause(
        finding(
            "tunnel-source-mismatch",
            Location(node=peer.node, device=entry.dev),
            f"{peer.node} announces the address of its tunnel, {own}",
            observed,
            f"Let the CNI's agent of {peer.node} announce the right address (flannel: --iface or --public-ip; it writes"
            f" the annotation {_FLANNEL}/public-ip when it starts):\n{AGENT.format(node=peer.node)}",
            (Proof("config", "cluster.json.gz", f"{peer.node} is announced as {entry.dst}"),),
            heading="A node announces a tunnel address that it does not have",
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
        _same_mac(
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


def _wrong_port(view: View, entry: FdbEntry) -> Cause:
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


def _agent_or(view: View, surface: Cause, node: str) -> Cause:
    agent = missing_agent(view.case, node)
    return surface.because_of(agent) if agent is not None else surface


def _fdb_missing(view: View) -> Cause:
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
            _restart(place.node, "it writes these entries")
            + f"\nUntil then: bridge fdb append {mac} dev {device} dst NODE_ADDRESS self permanent",
            (Proof("config", ref_of(place.node), observed),),
        ),
        repair.at(place, repair.fdb(device, mac, dst)) if dst else None,
        step=view.trace.last,
        backwards=view.backwards,
        itself=True,
    )
    return _agent_or(view, surface, place.node)


def _second_device(view: View, place: Place, address: str) -> str:
    """The pod of a node that has an address by which the cluster does not know it; empty where none has."""
    node = view.case.evidence.nodes.get(place.node)
    if node is None or place.netns != HOST or view.case.owner_of(address) is not None:
        return ""
    return next((pod.id for pod in node.pods if address in pod.addresses and not pod.host_network), "")


def _unresolved(view: View) -> t.Iterator[Cause]:
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
        yield _asks_nobody(view, place, link)
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
            _restart(place.node, "it writes the neighbour entries of its tunnel")
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
        yield _agent_or(view, surface, place.node)
        return
    known = next(iter(view.network.owners(next_hop)), None) or view.case.pods.node_with(next_hop)
    if last is not None and last.gateway == next_hop and known is None:
        # A gateway of a table of its own that nobody is, as what was removed leaves it behind.
        diverted = by_rule(view, last, None)
        if diverted is not None:
            yield surface.because_of(diverted)
    silent = _silent(view, place, device, next_hop)
    yield surface.because_of(silent) if silent is not None else surface


def _asks_nobody(view: View, place: Place, link: Link) -> Cause:
    """A device that is told to ask nobody for hardware addresses: what it sends is for itself (arp_constructor())."""
    observed = f"{link.name} is set to NOARP: it asks nobody for hardware addresses"
    return Cause(
        finding(
            "neighbour-failed",
            location_of(place, link.name),
            f"{link.name} of {place.node} asks for the hardware addresses of its neighbours",
            observed,
            f"$ ip link set {link.name} arp on\non {place.node}; then find out what switched it off.",
            (Proof("config", ref_of(place.node), observed),),
        ),
        repair.at(place, repair.change_link(link.name, flags=tuple(flag for flag in link.flags if flag != "NOARP"))),
        step=view.trace.last,
        backwards=view.backwards,
        itself=True,
    )


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
        return _asks_nobody(view, owner, link) if link.vxlan is None else None
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
    """A rule takes the question for a hardware address, or its answer."""
    trace = unheard(view.network, asker, owner, address, sender)
    return next(filtered(dataclasses.replace(view, trace=trace)), None) if trace is not None else None


# -- ends that do not fit ------------------------------------------------------------------------------------------
def _differ(view: View, what: str) -> Cause:
    """VNI or port of the two ends; the odd one out of all nodes that have such a device."""
    name = _tunnel_name(view)
    values: dict[str, t.Any] = {}
    for node in view.case.evidence.nodes.values():
        link = node.host.links.get(name or "")
        if link is not None and link.vxlan is not None and node.name in view.case.pods.peers:
            values[node.name] = link.vxlan.id if what == "vni" else (link.vxlan.port or FLANNEL_PORT)
    flannel = view.case.pods.flannel
    configured = None
    if flannel is not None and name is not None and name.startswith("flannel."):
        configured = flannel.vni if what == "vni" else flannel.port
    announced = {
        peer.node: peer.vni for peer in view.case.pods.peers.values() if what == "vni" and peer.vni is not None
    }
    odd = odd_one_out(values, configured, announced) or Odd((view.place.node,), None, By.NOTHING)
    return _odd(view, what, name, values, odd)


def _odd(view: View, what: str, name: str | None, values: t.Mapping[str, t.Any], odd: Odd) -> Cause:
    label, identifier = ("VNI", "tunnel-vni-mismatch") if what == "vni" else ("UDP port", "tunnel-port-mismatch")
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
    fields: dict[str, t.Any] = {"id" if what == "vni" else "port": odd.wanted}
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


def _macs(view: View) -> t.Iterator[Cause]:
    """The far end has another hardware address than the one that was announced, or two ends have the same."""
    place = view.place
    host = view.case.host(place.node)
    name = place.device or _tunnel_name(view)
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
            _same_mac(
                Location(node=wrong, device=link.name), wrong, observed, (Proof("config", ref_of(wrong), observed),)
            ),
            repair.at(Place(wrong, HOST), repair.change_link(link.name, mac=own.vtep_mac))
            if own is not None and own.vtep_mac
            else None,
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
                _restart(place.node, "it announces the address that the device has"),
                (Proof("config", ref_of(place.node), observed),),
            ),
            repair.at(place, _remade(view, link, peer)),
            step=view.trace.last,
            backwards=view.backwards,
            itself=True,
        )
