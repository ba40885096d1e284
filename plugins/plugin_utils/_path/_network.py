# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""All network namespaces that were read, and the wires between them.

A veth pair is known by the index and namespace of its other end. The fabric between machines is not read: devices whose
other end is nobody's are on one wire where their addresses share a subnet, and what leaves for another subnet is
carried by routers that are taken to work. Whoever has the MAC address of a frame gets it, whoever ought to.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import (
    HOST,
    Link,
    Namespace,
    Node,
    PodEntry,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _address, _neighbour
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._devices import _stacked, _vxlan
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._namespace import Stack
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._routing import routing
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._state import Owner, Resolved
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place

_Key = tuple[str, str]
# Bridges and pairs behind one another.
MAX_DEPTH = 8


class Kind(enum.Enum):
    """What is at the other end of a device."""

    PEER = "peer"  # another device
    SEGMENT = "segment"  # the network between machines
    UNREAD = "unread"  # a namespace whose state was not read


@dataclasses.dataclass(frozen=True)
class Wire:
    """The other end of a device. peer: it, where it is known; without a device where its namespace was not read."""

    kind: Kind
    peer: Place | None = None


@dataclasses.dataclass(frozen=True)
class Reach:
    """What can be reached through a device without a router: devices that IP listens on.

    unread: namespaces behind it that were not read; outside: its wire goes on to machines that are not managed.
    """

    attached: tuple[Place, ...] = ()
    unread: tuple[Place, ...] = ()
    outside: bool = False

    def __add__(self, other: Reach) -> Reach:
        return Reach(
            tuple(dict.fromkeys((*self.attached, *other.attached))),
            tuple(dict.fromkeys((*self.unread, *other.unread))),
            self.outside or other.outside,
        )


class Network:
    """The namespaces of all nodes and hosts that were read, by node and namespace.

    It never changes: with_namespace() gives another one. missing: nodes that ought to be there and were not read, with
    the addresses that they are known to have.
    """

    def __init__(self, nodes: t.Mapping[str, Node], missing: t.Mapping[str, t.Sequence[str]] | None = None) -> None:
        self.nodes = nodes
        unread = {name: () for name, node in nodes.items() if not node.read}
        self.missing: t.Mapping[str, t.Sequence[str]] = {**unread, **(missing or {})}
        self._stacks: dict[_Key, Stack] = {}
        self._reach: dict[Place, Reach] = {}
        self._resolved: dict[tuple[Place, str, str | None], tuple[Resolved, ...]] = {}

    def with_namespace(self, node: str, netns: str, namespace: Namespace) -> Network:
        """The network with one namespace replaced, as after a repair."""
        changed = dataclasses.replace(self.nodes[node], namespaces={**self.nodes[node].namespaces, netns: namespace})
        return Network({**self.nodes, node: changed}, self.missing)

    def without(self, node: str, netns: str) -> Network:
        """The network without a namespace, as if it had not been read."""
        kept = {name: each for name, each in self.nodes[node].namespaces.items() if name != netns}
        return Network({**self.nodes, node: dataclasses.replace(self.nodes[node], namespaces=kept)}, self.missing)

    # -- namespaces ------------------------------------------------------------------------------------------
    def namespace(self, node: str, netns: str) -> Namespace | None:
        """A namespace that was read."""
        found = self.nodes.get(node)
        return found.namespaces.get(netns) if found is not None and node not in self.missing else None

    def stack(self, place: Place) -> Stack | None:
        """The network stack of a place's namespace; None where that was not read."""
        key = (place.node, place.netns)
        if key not in self._stacks:
            namespace = self.namespace(*key)
            if namespace is None:
                return None
            self._stacks[key] = Stack(namespace, self)
        return self._stacks[key]

    def link(self, place: Place) -> Link | None:
        """A device."""
        namespace = self.namespace(place.node, place.netns)
        return namespace.links.get(place.device or "") if namespace is not None else None

    def namespaces(self) -> t.Iterator[tuple[_Key, Namespace]]:
        """All of them, by node and name."""
        for name, node in self.nodes.items():
            if name not in self.missing:
                for netns, namespace in node.namespaces.items():
                    yield (name, netns), namespace

    # -- addresses -------------------------------------------------------------------------------------------
    @functools.cached_property
    def _owners(self) -> t.Mapping[str, tuple[Place, ...]]:
        found: dict[str, list[Place]] = {}
        for (node, netns), namespace in self.namespaces():
            for link in namespace.links.values():
                for entry in link.addresses:
                    found.setdefault(entry.address, []).append(Place(node, netns, link.name))
            for route in namespace.routes:
                if route.type == "local" and route.dst.endswith(("/32", "/128")):
                    address, here = route.dst.partition("/")[0], found.setdefault(route.dst.partition("/")[0], [])
                    if _address.kind(address) != "loopback" and not any(
                        (p.node, p.netns) == (node, netns) for p in here
                    ):
                        here.append(Place(node, netns, route.dev))
        return {address: tuple(places) for address, places in found.items()}

    def owners(self, address: str) -> tuple[Place, ...]:
        """The devices that have an address, in every namespace; loopback addresses are everybody's, so nobody's."""
        return () if _address.kind(address) == "loopback" else self._owners.get(address, ())

    def missing_owner(self, address: str) -> str | None:
        """The node with that address, of those that were not read."""
        return next((name for name, addresses in self.missing.items() if address in addresses), None)

    # -- wires -----------------------------------------------------------------------------------------------
    @functools.cached_property
    def _entries(self) -> t.Mapping[_Key, PodEntry]:
        """The pods of each node, those too whose namespaces were not read in full."""
        return {(name, pod.id): pod for name, node in self.nodes.items() for pod in node.pods}

    @functools.cached_property
    def _inodes(self) -> t.Mapping[tuple[str, int], str]:
        """Namespaces by node and inode, those that were not read in full too."""
        found: dict[tuple[str, int], str] = {}
        for name, node in self.nodes.items():
            for pod in node.pods:
                if pod.inode is not None and not pod.host_network:
                    found[name, pod.inode] = pod.id
            for netns, namespace in node.namespaces.items():
                if namespace.inode is not None:
                    found[name, namespace.inode] = netns
        return found

    def wire(self, place: Place) -> Wire:
        """What is at the other end of a device."""
        link = self.link(place)
        if link is None:
            return Wire(Kind.UNREAD, place)
        if link.kind != "veth":
            return Wire(Kind.SEGMENT)
        netns = self._inodes.get((place.node, link.peer_netns)) if link.peer_netns is not None else None
        if netns is None and link.peer_netns is None and place.netns != HOST:
            # The other end of a pod's port is on its node, unless the snapshot says something else.
            netns = HOST
        if netns is None:
            addressed = any(entry.scope == "global" for entry in link.addresses)
            if link.peer_netns is not None or (link.master and not addressed and not self._uplink(place, link)):
                return Wire(Kind.UNREAD, Place(place.node, f"the namespace behind {link.name}"))
            return Wire(Kind.SEGMENT)
        namespace = self.namespace(place.node, netns)
        if namespace is None:
            return Wire(Kind.UNREAD, Place(place.node, netns))
        peer = namespace.link_by_index(link.peer_index)
        return (
            Wire(Kind.PEER, Place(place.node, netns, peer.name))
            if peer
            else Wire(Kind.UNREAD, Place(place.node, netns))
        )

    def _uplink(self, place: Place, link: Link) -> bool:
        """Whether a bridge's port leads to the network between machines: the bridge has the node's own address."""
        namespace = self.namespace(place.node, place.netns)
        master = namespace.links.get(link.master or "") if namespace else None
        if namespace is None or master is None:
            return False
        default = [route for route in namespace.routes if route.dst in ("0.0.0.0/0", "::/0")]
        return any(route.dev == master.name for route in default)

    # -- the network between machines --------------------------------------------------------------------------
    @functools.cached_property
    def uplinks(self) -> tuple[Place, ...]:
        """All devices whose wire is the network between machines."""
        found = []
        for (node, netns), namespace in self.namespaces():
            for link in namespace.links.values():
                if link.kind in ("loopback", "bridge", "vxlan", "dummy", "vlan", "tun", "wireguard", "vrf"):
                    continue
                if link.kind in ("ipip", "sit", "gre", "gretap", "ip6tnl", "geneve") or not link.mac:
                    continue
                place = Place(node, netns, link.name)
                if self.wire(place).kind is Kind.SEGMENT:
                    found.append(place)
        return tuple(found)

    @functools.cached_property
    def _uplinks_by_mac(self) -> t.Mapping[str, tuple[Place, ...]]:
        found: dict[str, list[Place]] = {}
        for place in self.uplinks:
            for attached in self._attach(place, None, 0).attached:
                link = self.link(attached)
                if link is not None and link.mac:
                    found.setdefault(link.mac.lower(), []).append(place)
        return {mac: tuple(dict.fromkeys(places)) for mac, places in found.items()}

    @functools.cached_property
    def shows_real_macs(self) -> bool:
        """Whether that network lets machines see one another's MAC addresses: one entry that is right shows it."""
        for place in self.uplinks:
            namespace = self.namespace(place.node, place.netns)
            for entry in namespace.neighbours if namespace is not None else ():
                if entry.dev == place.device and entry.mac and not _neighbour.FIXED & set(entry.state.split()):
                    owners = self.uplinks_with(entry.mac.lower())
                    if any(owner in self.uplink_owners(entry.address) for owner in owners if owner.node != place.node):
                        return True
        return False

    def uplinks_with(self, mac: str) -> tuple[Place, ...]:
        """Devices on the network between machines that take frames for a MAC address."""
        return self._uplinks_by_mac.get(mac, ())

    @functools.cached_property
    def _subnets(self) -> t.Mapping[Place, tuple[str, ...]]:
        return {place: tuple(self._subnets_of(place)) for place in self.uplinks}

    def _subnets_of(self, place: Place) -> t.Iterator[str]:
        namespace = self.namespace(place.node, place.netns)
        link = self.link(place)
        if namespace is None or link is None:
            return
        names = {link.name, link.master} | {each.name for each in namespace.links.values() if each.lower == link.name}
        for name in names - {None}:
            other = namespace.links.get(name or "")
            for entry in other.addresses if other else ():
                if entry.scope == "global":
                    yield f"{entry.address}/{entry.prefix}"

    def share_wire(self, one: Place, other: Place) -> bool:
        """Whether two devices of the network between machines are on one wire: a subnet of one has the other in it."""
        mine, theirs = self._subnets.get(one, ()), self._subnets.get(other, ())
        return any(
            _address.covers(a, b.partition("/")[0]) or _address.covers(b, a.partition("/")[0])
            for a in mine
            for b in theirs
        )

    def macs_for(self, place: Place, address: str) -> frozenset[str]:
        """The MAC addresses that other machines on the wire of a device have for an address."""
        found = set()
        for other in self.uplinks:
            namespace = self.namespace(other.node, other.netns)
            if other.node == place.node or namespace is None or not self.share_wire(place, other):
                continue
            for entry in namespace.neighbours:
                if entry.address == address and entry.mac and "FAILED" not in entry.state.split():
                    found.add(entry.mac.lower())
        return frozenset(found)

    def uplink_owners(self, address: str) -> tuple[Place, ...]:
        """Devices of the network between machines whose namespace has an address on them, or on what stands on them."""
        return tuple(
            place
            for place in self.uplinks
            if any(subnet.partition("/")[0] == address for subnet in self._subnets.get(place, ()))
        )

    @functools.cached_property
    def _uplinks_by_node(self) -> t.Mapping[_Key, tuple[Place, ...]]:
        found: dict[_Key, list[Place]] = {}
        for place in self.uplinks:
            found.setdefault((place.node, place.netns), []).append(place)
        return {key: tuple(places) for key, places in found.items()}

    def uplinks_of(self, node: str, netns: str = HOST) -> tuple[Place, ...]:
        """A machine's devices on the network between machines."""
        return self._uplinks_by_node.get((node, netns), ())

    # -- what a namespace asks about its wires (Wires) ---------------------------------------------------------
    def reach(self, place: Place) -> Reach:
        """What can be reached through a device."""
        if place not in self._reach:
            self._reach[place] = self._beyond(place, None, 0)
        return self._reach[place]

    def _beyond(self, place: Place, vlan: int | None, depth: int) -> Reach:
        """What is behind a device, as seen from its own namespace."""
        link, namespace = self.link(place), self.namespace(place.node, place.netns)
        if link is None or namespace is None or depth > MAX_DEPTH:
            return Reach(unread=(place,))
        if not link.up:
            return Reach()
        if link.kind == "bridge":
            ports = (dataclasses.replace(place, device=port.name) for port in namespace.ports_of(link.name))
            return functools.reduce(Reach.__add__, (self._beyond(port, vlan, depth + 1) for port in ports), Reach())
        if link.kind == "vlan" and link.lower:
            return self._beyond(dataclasses.replace(place, device=link.lower), link.vlan, depth + 1)
        if link.kind == "vxlan":
            return self._tunnel_ends(place, namespace, link, depth)
        wire = self.wire(place)
        if wire.kind is Kind.PEER and wire.peer is not None:
            return self._attach(wire.peer, vlan, depth + 1)
        if wire.kind is Kind.UNREAD:
            return Reach(unread=(wire.peer or place,))
        others = [other for other in self.uplinks if other != place and self.share_wire(place, other)]
        attached = (self._attach(other, vlan, depth + 1) for other in others)
        return functools.reduce(Reach.__add__, attached, Reach(outside=True))

    def _attach(self, place: Place, vlan: int | None, depth: int) -> Reach:
        """Who listens behind a device, as seen from its wire: itself, or what it is a part of."""
        link, namespace = self.link(place), self.namespace(place.node, place.netns)
        if link is None or namespace is None or depth > MAX_DEPTH:
            return Reach(unread=(place,))
        if not link.up:
            return Reach()
        if vlan is not None:
            uppers = [each for each in namespace.links.values() if each.vlan == vlan and each.lower == link.name]
            if uppers:
                return self._attach(dataclasses.replace(place, device=uppers[0].name), None, depth + 1)
        master = namespace.links.get(link.master or "")
        if master is None or master.kind == "vrf":
            return Reach((place,))
        if master.kind != "bridge":
            return Reach((dataclasses.replace(place, device=master.name),))
        found = Reach((dataclasses.replace(place, device=master.name),))
        for port in namespace.ports_of(master.name):
            if port.name != link.name:
                found += self._beyond(dataclasses.replace(place, device=port.name), vlan, depth + 1)
        return found

    def _tunnel_ends(self, place: Place, namespace: Namespace, link: Link, depth: int) -> Reach:
        """The far ends of a VXLAN device that get what it floods."""
        found = Reach()
        vxlan = link.vxlan
        remotes = {entry.dst for entry in namespace.fdb_entries(link.name, _vxlan.DEFAULT) if entry.dst}
        remotes |= {vxlan.remote} if vxlan is not None and vxlan.remote else set()
        for remote in remotes:
            for owner in self.owners(remote or ""):
                far = self.namespace(owner.node, owner.netns)
                for other in far.links.values() if far else ():
                    if other.vxlan is not None and vxlan is not None and other.vxlan.id == vxlan.id:
                        found += self._attach(dataclasses.replace(owner, device=other.name), None, depth + 1)
        return found

    def resolve(self, place: Place, address: str, sender: str | None) -> tuple[Resolved, ...]:
        """Who answers on the wire of a device for an address."""
        key = (place, address, sender)
        if key not in self._resolved:
            self._resolved[key] = self._ask(place, address, sender)
        return self._resolved[key]

    def _ask(self, place: Place, address: str, sender: str | None) -> tuple[Resolved, ...]:
        reach = self.reach(place)
        owners = {(owner.node, owner.netns) for owner in self.owners(address)} | self._proxies
        found: dict[_Key, Resolved] = {}
        for attached in reach.attached:
            key = (attached.node, attached.netns)
            link, namespace = self.link(attached), self.namespace(*key)
            if key not in owners or link is None or namespace is None or key == (place.node, place.netns):
                continue
            if not _neighbour.answers(namespace, link, address, sender):
                continue
            has = any(entry.address == address for entry in link.addresses)
            if key not in found or has:
                found[key] = Resolved(Owner.FOUND, link.mac.lower() if link.mac else None, attached)
        if found:
            return tuple(found.values())
        for place in reach.unread:
            pod = self._entries.get((place.node, place.netns))
            if pod is not None and address in pod.addresses:
                return (Resolved(Owner.FOUND, next(iter(pod.macs), "").lower() or None, place),)
        unknown = [place for place in reach.unread if not self._macs_of(place)]
        if unknown:
            return (Resolved(Owner.UNKNOWN, None, unknown[0]),)
        return (Resolved(Owner.OUTSIDE if reach.outside else Owner.NOBODY),)

    @functools.cached_property
    def _proxies(self) -> set[_Key]:
        """Namespaces that may answer for addresses of others."""
        found = set()
        for key, namespace in self.namespaces():
            settings = routing(namespace).settings
            proxied = any(entry.proxy for entry in namespace.neighbours)
            if proxied or any(settings.proxy_arp(name) for name in namespace.links):
                found.add(key)
        return found

    def behind(self, place: Place, mac: str) -> bool | None:
        """Whether a device with a MAC address is behind a device; None where it may be and was not read."""
        reach = self.reach(place)
        for attached in reach.attached:
            link = self.link(attached)
            if link is not None and link.mac and link.mac.lower() == mac:
                return True
        own, namespace = self.link(place), self.namespace(place.node, place.netns)
        if own is not None and own.kind == "vxlan" and namespace is not None and namespace.fdb_entries(own.name, mac):
            return True
        known = [self._macs_of(each) for each in reach.unread]
        if any(mac in macs for macs in known):
            return True
        return None if reach.outside or not all(known) else False

    def _macs_of(self, place: Place) -> frozenset[str]:
        """The MAC addresses of a namespace that was not read in full; empty where not even these are known."""
        pod = self._entries.get((place.node, place.netns))
        return frozenset(mac.lower() for mac in pod.macs) if pod is not None else frozenset()

    def on_top(self, place: Place) -> tuple[tuple[Place, Link], ...]:
        """Devices that share the wire of a device (macvlan, macvtap, ipvlan), in whatever namespace."""
        return self._on_top.get(place, ())

    @functools.cached_property
    def _on_top(self) -> t.Mapping[Place, tuple[tuple[Place, Link], ...]]:
        found: dict[Place, list[tuple[Place, Link]]] = {}
        for (node, netns), namespace in self.namespaces():
            for link in namespace.links.values():
                if link.kind not in _stacked.SHARING:
                    continue
                below = self._below(node, netns, link)
                if below is not None:
                    found.setdefault(below, []).append((Place(node, netns, link.name), link))
        return {place: tuple(links) for place, links in found.items()}

    def _below(self, node: str, netns: str, link: Link) -> Place | None:
        """The device that another one stands on."""
        if link.lower:
            return Place(node, netns, link.lower)
        other = self._inodes.get((node, link.peer_netns)) if link.peer_netns is not None else None
        if other is None and link.peer_netns is None and netns != HOST:
            other = HOST
        namespace = self.namespace(node, other) if other is not None else None
        lower = namespace.link_by_index(link.peer_index) if namespace is not None else None
        return Place(node, str(other), lower.name) if lower is not None else None

    def leads_outside(self, place: Place) -> bool:
        """Whether a device's wire goes on to machines that are not managed."""
        return self.reach(place).outside
