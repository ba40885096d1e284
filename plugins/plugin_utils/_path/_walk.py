# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""One packet's way from the source to a target, looked up hop by hop in the collected state.

What stops the packet is a Break. The walk goes on behind it where it can, because a second fault does not heal with the
first. Where the state was not collected it stops without a Break: not measured is not bad. Nothing is assumed of a CNI
but what its devices show; which pods belong to which node is known from the nodes' podCIDR.
"""

from __future__ import annotations

import contextlib
import dataclasses
import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import End, Evidence
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Link, Namespace, Node, Route
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path import _breaks, _netfilter
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._breaks import Break
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._routing import look_up

MAX_NODES = 6
_DEVICE_BREAKS = frozenset(("device-down", "device-missing", "bridge-port-detached"))
_CLUSTER_KINDS = frozenset(("pod", "node"))


@dataclasses.dataclass(frozen=True)
class Hop:
    """A device on the way. kind: pod, veth, bridge, tunnel, nic."""

    node: str
    netns: str
    device: str
    kind: str
    address: str | None
    mtu: int | None


@dataclasses.dataclass(frozen=True)
class Path:
    """hops in order. breaks: what stops the packet, in order; suspects: what may stop it somewhere on the way; chances:
    rules that drop a part of such packets.

    arrived: the walk reached the end. translated_at: how many hops were passed when a Service's address was translated.
    """

    hops: tuple[Hop, ...]
    breaks: tuple[Break, ...]
    suspects: tuple[Break, ...]
    chances: tuple[Break, ...]
    arrived: bool
    translated_at: int | None

    @property
    def broken(self) -> Break | None:
        """The first thing that stops the packet."""
        return self.breaks[0] if self.breaks else None

    def beyond(self, found: Break) -> frozenset[tuple[str, str]]:
        """Devices (node, device) that a packet stopped there never reaches: of later nodes, else of the target's own.

        On the node where it is stopped it may still be seen on a device that it ought not to leave by.
        """
        itself = next(
            (
                number
                for number, hop in enumerate(self.hops)
                if (hop.node, hop.device, hop.netns) == (found.node, found.device, found.netns or HOST)
            ),
            0,
        )
        later = [hop for hop in self.hops[max(found.at, itself) :] if hop.netns == HOST]
        elsewhere = [hop for hop in later if hop.node != found.node]
        return frozenset((hop.node, hop.device) for hop in elsewhere or (later if self.arrived else []))


class _Stop(Exception):
    """The walk cannot go on; what is known so far stands."""


def leave(evidence: Evidence, source: End) -> Path:
    """Out of the source into its node, or to the node whose port was asked: as far as a Service without endpoints
    leads.
    """
    walker = _Walker(evidence, source, source, "icmp", False)
    with contextlib.suppress(_Stop):
        walker.leave()
    return Path(tuple(walker.hops), tuple(walker.breaks), (), (), False, len(walker.hops))


def walk(evidence: Evidence, source: End, target: End, protocol: str = "icmp", reply: bool = False) -> Path:
    """The way of a packet from source to target, the real one behind a Service.

    reply: it answers a packet of the target's, so the filters take it for ESTABLISHED. A NodePort is entered (and for
    replies left) at the node that was asked.
    """
    walker = _Walker(evidence, source, target, protocol, reply)
    arrived = True
    try:
        walker.go()
    except _Stop:
        arrived = False
    return Path(
        tuple(walker.hops),
        tuple(walker.breaks),
        tuple(walker.suspects),
        tuple(walker.chances),
        arrived,
        walker.translated_at,
    )


class _Walker:
    def __init__(self, evidence: Evidence, source: End, target: End, protocol: str, reply: bool) -> None:
        self.evidence = evidence
        self.source = source
        self.target = target
        self.protocol = protocol
        self.reply = reply
        self.hops: list[Hop] = []
        self.breaks: list[Break] = []
        self.suspects: list[Break] = []
        self.chances: list[Break] = []
        self.translated_at: int | None = None
        # The destination that is looked up now, and who has it; the entry of a NodePort comes first.
        self.goal = target
        self.mark: int | None = 0

    def go(self) -> None:
        node, iif = self.leave()
        node, iif = self._travel(node, iif)
        self._arrive(node, iif)

    def leave(self) -> tuple[Node, str | None]:
        """From the source to where a Service's address is translated: its own node, or the one whose port was asked."""
        if self.source.netns is None:
            raise _Stop
        entry = self._entry()
        self.goal = entry or self.target
        node = self._node(self.source.node)
        iif = self._leave_pod(node) if self.source.netns != HOST else None
        if entry is not None:
            node, iif = self._travel(node, iif)
            self.goal, self.mark = self.target, None
        if self.evidence.service is not None and not self.reply:
            self.translated_at = len(self.hops)
        return node, iif

    def _entry(self) -> End | None:
        """The node whose port was asked, where the packet passes it on its way to or from another machine."""
        destination = self.evidence.destination
        if destination is None or destination.service is None or not destination.node or not destination.address:
            return None
        if destination.address == destination.service.cluster_ip:
            return None
        if destination.node == self.source.node:
            return None
        end = dataclasses.replace(destination, kind="node", name=destination.node, netns=HOST, host_network=True)
        return dataclasses.replace(end, address=self._sender(end)) if self.reply else end

    def _sender(self, entry: End) -> str | None:
        """The address with which the entry node sends on to a backend: that of the device which leads there."""
        node = self.evidence.nodes.get(entry.node or "")
        route = look_up(node.host, self.source.address).route if node and self.source.address else None
        device = node.host.links.get(route.dev or "") if node and route else None
        return (self._first_address(device) if device else None) or entry.address

    # -- stages ----------------------------------------------------------------------------------------------
    def _leave_pod(self, node: Node) -> str:
        """Out of the source pod into its node; the device by which the packet comes in there."""
        own = self._namespace(node, self.source.netns)
        route = self._route(node, own, None)
        out = own.links.get(route.dev or "")
        if out is None:
            raise _Stop
        self._filter(node, own, "OUTPUT", None, out.name)
        port = node.host.link_by_index(out.peer_index)
        if not out.up:
            self._note(_breaks.device_down(node.name, out, self.source.label, own.id))
        self._pod_hop(node, own, self.source)
        if port is None:
            raise _Stop
        bridge = node.host.links.get(port.master or "")
        self._port_up(node, port, out)
        self._hop(node, port, "veth")
        self._attached(node, port, self.source)
        if bridge is None:
            return port.name
        self._up(node, bridge)
        self._hop(node, bridge, "bridge")
        return bridge.name

    def _travel(self, node: Node, iif: str | None) -> tuple[Node, str | None]:
        """From node to node until the goal's is reached."""
        for _number in range(MAX_NODES):
            if node.name == self.goal.node:
                return node, iif
            node, iif = self._onward(node, iif)
        raise _Stop

    def _onward(self, node: Node, iif: str | None) -> tuple[Node, str | None]:
        """Out of a node that does not have the goal; the next node and the device by which it is entered."""
        route = self._route(node, node.host, iif)
        out = node.host.links.get(route.dev or "")
        if out is None:
            raise _Stop
        if route.type == "local":
            self._note(
                _breaks.route_wrong(
                    node.name,
                    self._address(),
                    route,
                    f"to {self.goal.node}",
                    f"to {node.name} itself, whose {out.name} has the address too",
                )
            )
            raise _Stop
        self._leads_to_pods(node, route, out)
        self._up(node, out)
        self._pass(node, iif, out.name)
        if out.vxlan is not None:
            return self._tunnel(node, route, out)
        self._hop(node, out, "nic" if out.kind in ("ether", "veth", "bridge", "bond", "vlan") else "tunnel")
        owner = self._owner(route.gateway or self._address())
        other = self._node(owner if owner and owner != node.name else self.goal.node)
        return other, self._enter(other)

    def _enter(self, node: Node) -> str | None:
        """Into a node by the NIC that has its address."""
        addresses = self.evidence.node_addresses(node.name) or [self.goal.address or ""]
        nic = next((link for link in map(node.host.owner_of, addresses) if link), None)
        if nic is None:
            return None
        self._up(node, nic)
        self._hop(node, nic, "nic")
        return nic.name

    def _arrive(self, node: Node, iif: str | None) -> None:
        """On the target's node, into the target."""
        if self.target.netns in (HOST, None):
            self._filter(node, node.host, "INPUT" if iif else "OUTPUT", iif, None)
            return
        own = self._namespace(node, self.target.netns)
        port = self._port(node, own)
        bridge = node.host.links.get(port.master or "")
        if bridge is not None:
            self._up(node, bridge)
        self._port_up(node, port, own.ethernet)
        self._attached(node, port, self.target)
        inside = bridge.name if bridge else port.name
        if iif != inside or bridge is None:
            if not any(found.node == node.name and found.id in _DEVICE_BREAKS for found in self.breaks):
                self._leads_inside(node, iif, inside)
            self._pass(node, iif, inside)
        elif node.host.sysctls.get("net.bridge.bridge-nf-call-iptables") == "1":
            self._filter(node, node.host, "FORWARD", iif, inside)
        if bridge is not None:
            self._hop(node, bridge, "bridge")
        self._hop(node, port, "veth")
        ethernet = own.ethernet
        if ethernet is not None and not ethernet.up:
            self._note(_breaks.device_down(node.name, ethernet, self.target.label, own.id))
        self._filter(node, own, "INPUT", ethernet.name if ethernet else None, None)
        self._pod_hop(node, own, self.target)

    # -- tunnels ---------------------------------------------------------------------------------------------
    def _tunnel(self, node: Node, route: Route, tunnel: Link) -> tuple[Node, str | None]:
        """Next hop → hardware address → address of the other node, and the address that outer packets leave with."""
        vxlan = tunnel.vxlan
        if vxlan is None:
            raise _Stop
        remote = vxlan.remote
        owner = self.goal.node
        if remote is None:
            mac = self._next_hop_mac(node, route, tunnel)
            self._hop(node, tunnel, "tunnel")
            owner = self._tunnel_end(mac, vxlan.id) or owner
            remote = self._remote(node, tunnel, mac, owner)
        else:
            self._hop(node, tunnel, "tunnel")
            owner = self._owner(remote) or owner
        own = self.evidence.node_addresses(node.name)
        if vxlan.local and own and vxlan.local not in own:
            self.suspects.append(
                dataclasses.replace(
                    _breaks.source_mismatch(node.name, tunnel.name, own, vxlan.local), at=len(self.hops)
                )
            )
        self._outer(node, vxlan.local, remote, vxlan.port, tunnel)
        other = self._node(owner)
        return other, self._out_of_tunnel(other, node, remote, tunnel)

    def _outer(self, node: Node, local: str | None, remote: str | None, port: int | None, tunnel: Link) -> None:
        """The wrapped packet out of the node."""
        lower = node.host.links.get(tunnel.vxlan.dev or "") if tunnel.vxlan else None
        if remote is not None:
            route = look_up(node.host, remote, local).route
            lower = (node.host.links.get(route.dev or "") if route else None) or lower
        lower = lower or (node.host.owner_of(local) if local else None)
        if lower is None:
            return
        source = local or self._first_address(lower)
        if source and remote:
            packet = _netfilter.Packet(source, remote, "udp", None, lower.name, port)
            self._decide(node, node.host, "OUTPUT", packet, f"the tunnel's packets (UDP {port})")
        self._up(node, lower)
        self._hop(node, lower, "nic")

    def _out_of_tunnel(self, node: Node, sender: Node, remote: str | None, tunnel: Link) -> str | None:
        """Into the other node, unwrapped; the device by which the inner packet comes in."""
        nic = self._enter(node)
        wanted = tunnel.vxlan
        source = (wanted.local if wanted else None) or next(iter(self.evidence.node_addresses(sender.name)), None)
        if source and remote and wanted and nic:
            packet = _netfilter.Packet(source, remote, "udp", nic, None, wanted.port)
            self._decide(node, node.host, "INPUT", packet, f"the tunnel's packets (UDP {wanted.port})")
        if wanted is None or "links" in node.host.unread:
            raise _Stop
        ends = [link for link in node.host.links.values() if link.vxlan]
        twin = next((link for link in ends if link.vxlan and link.vxlan.id == wanted.id), None)
        if twin is None:
            same = next((link for link in ends if link.name == tunnel.name), None)
            if same is not None and same.vxlan is not None:
                self._note(_breaks.vni_mismatch(node.name, same.name, wanted.id, same.vxlan.id))
                twin = same
            else:
                self._note(_breaks.device_missing(node.name, tunnel.name, f"a VXLAN device for VNI {wanted.id}"))
                raise _Stop
        elif twin.vxlan is not None and twin.vxlan.port != wanted.port:
            self._note(_breaks.port_mismatch(node.name, twin.name, wanted.port, twin.vxlan.port))
        self._up(node, twin)
        self._hop(node, twin, "tunnel")
        return twin.name

    def _next_hop_mac(self, node: Node, route: Route, tunnel: Link) -> str:
        """The hardware address of the next hop behind a tunnel: nobody answers for it there, the agent writes it."""
        next_hop = route.gateway or self._address()
        if "neighbours" in node.host.unread:
            raise _Stop
        entry = next(
            (item for item in node.host.neighbours if item.dev == tunnel.name and item.address == next_hop), None
        )
        what = f"{next_hop}, the tunnel end of {self.goal.node}"
        if entry is None or entry.mac is None or entry.state in ("FAILED", "INCOMPLETE"):
            self._note(
                _breaks.neighbour_failed(
                    node.name,
                    tunnel.name,
                    what,
                    f"the entry for {next_hop} is {entry.state}"
                    if entry
                    else f"{tunnel.name} has no entry for {next_hop}",
                )
            )
            raise _Stop
        known = self._tunnel_macs(tunnel.vxlan.id if tunnel.vxlan else None)
        end = known.get(self.goal.node or "")
        if end is not None and entry.mac not in known.values():
            self._note(
                _breaks.neighbour_failed(
                    node.name,
                    tunnel.name,
                    what,
                    f"the entry for {next_hop} says {entry.mac}; {self.goal.node} has {end}",
                )
            )
            raise _Stop
        return entry.mac

    def _remote(self, node: Node, tunnel: Link, mac: str, owner: str | None) -> str | None:
        """The address to which the tunnel sends for a hardware address."""
        if "fdb" in node.host.unread:
            return None
        entries = [item for item in node.host.fdb if item.dev == tunnel.name and item.dst]
        flood = "00:00:00:00:00:00"
        entry = next((item for item in entries if item.mac == mac), None) or next(
            (item for item in entries if item.mac == flood), None
        )
        if entry is None or entry.dst is None:
            self._note(_breaks.fdb_missing(node.name, tunnel.name, mac, str(owner)))
            return None
        expected = self.evidence.node_addresses(owner)
        other = self.evidence.nodes.get(owner or "")
        if (
            entry.mac == mac
            and expected
            and entry.dst not in expected
            and (other is None or other.host.owner_of(entry.dst) is None)
        ):
            self._note(_breaks.fdb_wrong(node.name, tunnel.name, mac, str(owner), expected, entry.dst))
            return None
        return entry.dst

    def _tunnel_macs(self, vni: int | None) -> dict[str, str]:
        """Hardware addresses of the tunnel ends with this VNI, of the nodes that were read."""
        return {
            name: link.mac
            for name, node in self.evidence.nodes.items()
            for link in node.host.links.values()
            if link.vxlan and link.vxlan.id == vni and link.mac
        }

    def _tunnel_end(self, mac: str, vni: int | None) -> str | None:
        return next((name for name, end in self._tunnel_macs(vni).items() if end == mac), None)

    # -- checks of one thing ---------------------------------------------------------------------------------
    def _port(self, node: Node, namespace: Namespace) -> Link:
        """The node's end of the target pod's veth pair."""
        own = namespace.ethernet
        if own is None and "links" not in namespace.unread:
            self._note(
                dataclasses.replace(
                    _breaks.device_missing(node.name, None, f"a port for {self.target.label}"), netns=namespace.id
                )
            )
        if own is None or own.peer_index is None or "links" in node.host.unread:
            raise _Stop
        port = node.host.link_by_index(own.peer_index)
        if port is None:
            self._note(_breaks.device_missing(node.name, None, f"the other end of {own.name} of {self.target.label}"))
            raise _Stop
        return port

    def _attached(self, node: Node, port: Link, end: End) -> None:
        bridges = [
            link.name for link in node.host.links.values() if link.kind == "bridge" and self._has_pods(node, link)
        ]
        routed = any(route.dev == port.name and _contains(route, end.address) for route in node.host.routes)
        if port.master is None and bridges and not routed:
            self._note(_breaks.port_detached(node.name, port, end.label, bridges[0]))

    def _route(self, node: Node, namespace: Namespace, iif: str | None) -> Route:
        found = look_up(namespace, self._address(), self.source.address, iif)
        place = node.name if namespace.id == HOST else f"{namespace.id} on {node.name}"
        if found.route is not None and not found.rejected:
            return found.route
        if found.certain and found.route is None and not self._device_of_pods_down(node):
            self._note(_breaks.route_missing(node.name, place, self._address(), self._pod_cidr(), None, ""))
        elif found.certain and found.route is not None:
            self._note(_breaks.route_blackhole(node.name, place, self._address(), found.route))
        raise _Stop

    def _leads_to_pods(self, node: Node, route: Route, out: Link) -> None:
        """A pod network of another node needs a route of its own where the nodes' pod networks have one."""
        if self.goal.kind != "pod" or self.goal.host_network:
            return
        if out.kind == "bridge" and self._has_pods(node, out):
            self._note(
                _breaks.route_wrong(
                    node.name, self._address(), route, f"to {self.goal.node}", f"to the pods of {node.name}"
                )
            )
            raise _Stop
        if route.network.prefixlen > 0 or self._pod_cidr() is None or "routes" in node.host.unread:
            return
        over = self._own_routes(node)
        if over is None:
            return
        if not self._device_of_pods_down(node):
            self._note(_breaks.route_missing(node.name, node.name, self._address(), self._pod_cidr(), route, over))
        self._hop(node, out, "nic")
        raise _Stop

    def _own_routes(self, node: Node) -> str | None:
        """How this cluster's pod networks are routed (" over DEVICE", or nothing to add); None where by default
        routes.
        """
        tunnels = [link.name for link in node.host.links.values() if link.vxlan is not None]
        if tunnels:
            return f"over {tunnels[0]}"
        cidrs = {cidr for item in self.evidence.index.nodes.values() for cidr in _cidrs(item)}
        routed = any(
            str(route.network) in cidrs and route.gateway
            for other in self.evidence.nodes.values()
            for route in other.host.routes
        )
        annotations = (self.evidence.index.nodes.get(node.name) or {}).get("metadata", {}).get("annotations") or {}
        return (
            "" if routed or annotations.get("flannel.alpha.coreos.com/backend-type") in ("vxlan", "host-gw") else None
        )

    def _device_of_pods_down(self, node: Node) -> bool:
        """Whether a tunnel of the node is down; its routes went with it. Noted when it is."""
        for link in node.host.links.values():
            if link.vxlan is not None and not link.up and link.vxlan.remote is None:
                self._up(node, link)
                return True
        return False

    def _leads_inside(self, node: Node, iif: str | None, inside: str) -> None:
        """On the target's node, the route leads to the target's port."""
        if "routes" in node.host.unread:
            return
        found = look_up(node.host, self._address(), self.source.address, iif)
        route = found.route
        if route is not None and route.dev == inside and not found.rejected:
            return
        if not found.certain:
            raise _Stop
        if route is not None and found.rejected:
            self._note(_breaks.route_blackhole(node.name, node.name, self._address(), route))
        elif route is None or route.network.prefixlen == 0:
            self._note(_breaks.route_missing(node.name, node.name, self._address(), None, route, f"over {inside}"))
        else:
            self._note(_breaks.route_wrong(node.name, self._address(), route, f"to {inside}", f"to {route.dev}"))

    def _pass(self, node: Node, iif: str | None, oif: str) -> None:
        """Through the node (or, without iif, out of it): forwarding is on and no rule ends the packet."""
        if iif is None:
            self._filter(node, node.host, "OUTPUT", None, oif)
            return
        version = ipaddress.ip_address(self._address()).version
        # IPv4 asks the device that the packet came in by; setting net.ipv4.ip_forward sets every device
        # (ip-sysctl.rst).
        sysctls = (
            ["net.ipv6.conf.all.forwarding"]
            if version == 6
            else ["net.ipv4.ip_forward", f"net.ipv4.conf.{iif}.forwarding"]
        )
        off = next((name for name in sysctls if node.host.sysctls.get(name) == "0"), None)
        if off:
            self._note(_breaks.forwarding_off(node.name, off))
        self._back(node, iif)
        self._filter(node, node.host, "FORWARD", iif, oif)

    def _back(self, node: Node, iif: str) -> None:
        """Strict reverse path filtering: the way back to the sender leads out of the device that the packet came in by.

        The higher of the two settings counts (ip-sysctl.rst). Only between pods, whose addresses nobody translates.
        """
        source = self.source.address
        if source is None or any(
            end.kind != "pod" or end.host_network for end in (self.source, self.target, self.goal)
        ):
            return
        if ipaddress.ip_address(source).version != 4:
            return
        values = {name: node.host.sysctls.get(f"net.ipv4.conf.{name}.rp_filter", "") for name in ("all", iif)}
        if not all(value in ("0", "1", "2") for value in values.values()) or max(values.values()) != "1":
            return
        found = look_up(node.host, source, self._address())
        if found.certain and found.route is not None and not found.rejected and found.route.dev not in (None, iif):
            name = max(values, key=lambda name: values[name])
            self._note(_breaks.reverse_path(node.name, iif, source, found.route, f"net.ipv4.conf.{name}.rp_filter"))

    def _filter(self, node: Node, namespace: Namespace, hook: str, iif: str | None, oif: str | None) -> None:
        source = self.source.address
        if source is None:
            return
        packet = _netfilter.Packet(
            source,
            self._address(),
            self.protocol,
            iif,
            oif,
            None if self.reply else self.target.port,
            self.reply,
            self.mark,
            self.evidence.service is not None,
        )
        self._decide(node, namespace, hook, packet, "the packets")

    def _decide(self, node: Node, namespace: Namespace, hook: str, packet: _netfilter.Packet, what: str) -> None:
        netns = None if namespace.id == HOST else namespace.id
        decisions = _netfilter.decisions(namespace, packet, hook)
        self.chances += [
            _breaks.dropped_by_chance(node.name, what, decision, netns) for decision in decisions if decision.by_chance
        ]
        stops = next((decision for decision in decisions if decision.stops), None)
        if stops is not None:
            self._note(_breaks.filtered(node.name, what, stops, netns))

    def _up(self, node: Node, link: Link) -> None:
        if not link.up or (link.carrier is False and link.kind not in ("bridge", "loopback")):
            self._note(_breaks.device_down(node.name, link))

    def _port_up(self, node: Node, port: Link, other: Link | None) -> None:
        """The node's end of a pair: it has no carrier where the other end is down, which is then what is wrong."""
        if not port.up or other is None or other.up:
            self._up(node, port)

    # -- helpers ---------------------------------------------------------------------------------------------
    def _note(self, found: Break) -> None:
        """Remember what stops the packet; the walk goes on if it can."""
        known = [(one.id, one.node, one.device, one.netns) for one in self.breaks]
        if (found.id, found.node, found.device, found.netns) not in known:
            self.breaks.append(dataclasses.replace(found, at=len(self.hops)))

    def _address(self) -> str:
        if self.goal.address is None:
            raise _Stop
        return self.goal.address

    def _pod_cidr(self) -> str | None:
        """The pod network that the goal is in."""
        for cidr in _cidrs(self.evidence.index.nodes.get(self.goal.node or "") or {}):
            if ipaddress.ip_address(self._address()) in ipaddress.ip_network(cidr, strict=False):
                return cidr
        return None

    def _has_pods(self, node: Node, link: Link) -> bool:
        """Whether a bridge is the one of the node's pods: it has an address of their network."""
        networks = [
            ipaddress.ip_network(cidr, strict=False) for cidr in _cidrs(self.evidence.index.nodes.get(node.name) or {})
        ]
        return any(ipaddress.ip_address(entry.address) in network for entry in link.addresses for network in networks)

    def _owner(self, address: str) -> str | None:
        """The node that has an address, by its snapshot or by the API."""
        for name, node in self.evidence.nodes.items():
            if node.host.owner_of(address) is not None:
                return name
        item = self.evidence.index.node_by_address(address)
        return str(item["metadata"]["name"]) if item else None

    def _node(self, name: str | None) -> Node:
        found = self.evidence.nodes.get(name or "")
        if found is None:
            raise _Stop
        return found

    @staticmethod
    def _namespace(node: Node, netns: str | None) -> Namespace:
        found = node.namespaces.get(netns or "")
        if found is None:
            raise _Stop
        return found

    @staticmethod
    def _first_address(link: Link) -> str | None:
        return next((entry.address for entry in link.addresses if entry.family == 4), None)

    def _hop(self, node: Node, link: Link, kind: str) -> None:
        hop = Hop(node.name, HOST, link.name, kind, self._first_address(link), link.mtu)
        if hop not in self.hops:
            self.hops.append(hop)

    def _pod_hop(self, node: Node, namespace: Namespace, end: End) -> None:
        own = namespace.ethernet
        if own is not None:
            self.hops.append(Hop(node.name, namespace.id, own.name, "pod", end.address, own.mtu))


def _contains(route: Route, address: str | None) -> bool:
    parsed = ipaddress.ip_address(address) if address else None
    return parsed is not None and parsed.version == route.family and parsed in route.network


def _cidrs(item: t.Mapping[str, t.Any]) -> list[str]:
    """The pod networks of a node object."""
    spec = item.get("spec") or {}
    return [str(cidr) for cidr in spec.get("podCIDRs") or [spec.get("podCIDR")] if cidr]
