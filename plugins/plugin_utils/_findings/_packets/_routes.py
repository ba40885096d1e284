# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Packets that are sent the wrong way, or no way at all: routes, policy rules, addresses, forwarding, reverse paths."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    Repair,
    finding,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import Routed, View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._workloads import missing_agent
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._devices import broken_device, down
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import (
    HOST,
    Link,
    Namespace,
    NextHop,
    Route,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place, Reason, Step

AGENT = "$ kubectl get pods -A -o wide --field-selector spec.nodeName={node}"
_MAIN = ("local", "main", "default")
_REJECTING = ("blackhole", "unreachable", "prohibit")
_TO_MANY = ("broadcast", "multicast", "anycast")


class Meant(t.NamedTuple):
    """Where a packet ought to go from a namespace. device and gateway are None where any will do."""

    dst: str
    device: str | None
    gateway: str | None
    local: bool = False


def meant(view: View, place: Place, address: str) -> Meant | None:
    """Where packets to an address ought to leave a namespace; None where nobody says."""
    case = view.case
    if place.netns != HOST:
        namespace = case.namespace(place)
        link = namespace.ethernet if namespace else None
        if link is None or namespace is None or namespace.owner_of(address) is not None or address.startswith("127."):
            return None
        gateway = (case.pods.bridge_address(place.node) or "").partition("/")[0] or None
        return Meant("0.0.0.0/0", link.name, gateway if case.bridge(place.node) is not None else None)
    if place.node not in case.pods.peers:
        return None
    owner = case.pods.node_of(address)
    if owner == place.node:
        cidr = next((text for text in case.pods.peers[owner].pod_cidrs if _in(address, text)), address)
        return Meant(cidr, case.bridge(place.node), None)
    if owner is not None:
        wanted = case.pods.wanted_route(place.node, address)
        if wanted is None:
            return None
        if wanted.device is None and wanted.gateway is not None:
            return Meant(wanted.dst, case.nic(place.node), wanted.gateway)
        return Meant(wanted.dst, wanted.device, wanted.gateway)
    peer = case.pods.node_with(address)
    if peer is not None and peer != place.node:
        return Meant(f"{address}/32", case.nic(place.node), None)
    return None


def _in(address: str, cidr: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return False


def misrouted(view: View) -> t.Iterator[Cause]:
    """Routing decisions that differ from what is meant, in the order in which the packet met them."""
    for one in view.routed():
        if one.route is None and one.rule is None:
            continue
        kind = one.route.type if one.route is not None else "none"
        if kind == "local":
            namespace = view.case.namespace(one.place)
            if namespace is not None and not _own(view, one, namespace):
                yield _taken(view, one, namespace)
            continue
        wanted = meant(view, one.place, one.packet.dst)
        if wanted is None or wanted.device is None:
            continue
        if kind in _REJECTING:
            # A route that drops is what ends the packet; it is explained as such.
            continue
        if one.route is not None and kind in _TO_MANY:
            leads = f"nowhere: it is of type {kind}, and nothing is forwarded by such a one"
            if kind == "broadcast" and one.route.table == "local":
                leads = "to everybody on the wire: an address with such a broadcast address makes it"
            yield _wrong(view, one, f"by {wanted.device}", leads, repair.remove_route(one.route))
            continue
        if not _as_meant(view, one.place, one.packet.dst, one.route, wanted):
            yield from _elsewhere(view, one, wanted)


def told_elsewhere(view: View) -> t.Iterator[Cause]:
    """Next hops that a namespace learned from an ICMP redirect, in place of its routes' own."""
    for one in view.routed():
        namespace = view.case.namespace(one.place)
        for learned in namespace.path_mtus if namespace is not None else ():
            if not learned.redirected or (learned.dst, learned.dev) != (one.packet.dst, one.dev):
                continue
            observed = f"{_name(one.place)} keeps {learned}, in place of {one.gateway or 'the wire itself'}"
            yield Cause(
                finding(
                    "route-wrong",
                    location_of(one.place),
                    f"{_name(one.place)} sends packets for {learned.dst} as its route says: {route_text(one.route)}",
                    observed,
                    "Let it forget, and believe no redirects (net.ipv4.conf.*.accept_redirects=0 there,"
                    " send_redirects=0 on who told it):\n$ ip route flush cache",
                    (Proof("config", ref_of(one.place.node), observed),),
                    heading="An ICMP redirect leads the packets to the wrong next hop",
                ),
                repair.at(one.place, repair.forget(learned)),
                step=one.step,
                backwards=view.backwards,
                itself=True,
            )


def _as_meant(view: View, place: Place, address: str, route: Route | None, wanted: Meant) -> bool:
    """Whether a route leads by the device that is meant and, where a gateway is, by it or another address of the node
    that it stands for.
    """
    if route is None or route.dev != wanted.device:
        return False
    if wanted.gateway is None or route.gateway == wanted.gateway:
        return True
    if place.netns != HOST:
        # The addresses of the pods beside it need no gateway.
        return route.gateway is None and view.case.pods.node_of(address) == place.node
    pods = view.case.pods
    return route.gateway is not None and pods.node_with(route.gateway) == pods.node_of(address)


def _own(view: View, one: Routed, namespace: Namespace) -> bool:
    """Whether an address is rightly one of this namespace's own."""
    address = one.packet.dst
    if one.place.netns != HOST:
        owner = view.case.owner_of(address)
        if owner is not None:
            return one.place.netns.endswith(f"/{owner['metadata']['name']}")
        return not (view.case.is_inside(address) or _asked_elsewhere(view, one))
    peer = view.case.pods.peers.get(one.place.node)
    known = view.case.pods.node_of(address) or view.case.pods.node_with(address)
    if peer is None or known is None:
        return True
    if known != one.place.node:
        return False
    return view.case.owner_of(address) is None


def _asked_elsewhere(view: View, one: Routed) -> bool:
    """Whether an address is the one that was asked for, of an end that is not this namespace."""
    asked, source = view.case.evidence.destination, view.case.evidence.source
    if asked is None or source is None or asked.address != one.packet.dst:
        return False
    return (asked.node, asked.netns) != (one.place.node, one.place.netns) and asked.address != source.address


def _taken(view: View, one: Routed, namespace: Namespace) -> Cause:
    """An address of somebody else that this namespace takes for its own."""
    address, place = one.packet.dst, one.place
    owner = view.case.owner_of(address)
    whose = (
        f"pod {owner['metadata'].get('namespace')}/{owner['metadata']['name']}"
        if owner
        else _service_with(view, address)
        or view.case.pods.node_with(address)
        or view.case.pods.node_of(address)
        or "somebody else"
    )
    link = namespace.owner_of(address)
    if link is not None:
        observed = f"{link.name} of {_name(place)} has {address} too, so packets to it never leave {_name(place)}"
        return Cause(
            finding(
                "duplicate-address",
                location_of(place, link.name),
                f"only {whose} has the address {address}",
                observed,
                f"Take the address away from {link.name}, and find out what put it there:\n"
                f"$ ip address del {address} dev {link.name}",
                (Proof("config", ref_of(place.node), observed),),
            ),
            repair.at(place, repair.remove_address(address)),
            step=one.step,
            backwards=view.backwards,
        )
    route = t.cast(Route, one.route)
    return _wrong(view, one, f"to {whose}", "to the node itself", repair.remove_route(route))


def _service_with(view: View, address: str) -> str:
    service = view.case.index.service_by_address(address)
    return f"Service {service['metadata'].get('namespace')}/{service['metadata']['name']}" if service else ""


def route_text(route: Route | None) -> str:
    """A route as `ip route` takes it, with each of several next hops; empty without one."""
    if route is None:
        return ""
    parts = [
        route.type if route.type != "unicast" else "",
        route.dst,
        f"via {route.gateway}" if route.gateway else "",
        f"dev {route.dev}" if route.dev else "",
        *(
            f"nexthop via {hop.gateway} dev {hop.dev}" if hop.gateway else f"nexthop dev {hop.dev}"
            for hop in _legs(route)
        ),
    ]
    return " ".join(part for part in parts if part)


def _legs(route: Route) -> t.Sequence[NextHop]:
    """The next hops of a route with several."""
    return () if route.dev else route.nexthops


def _leads(route: Route) -> str:
    """Where a route leads, for people."""
    hops = _legs(route) or (NextHop(route.gateway, route.dev, 1, ()),)
    return " or ".join(dict.fromkeys(f"by {hop.dev}" + (f" via {hop.gateway}" if hop.gateway else "") for hop in hops))


def _elsewhere(view: View, one: Routed, wanted: Meant) -> t.Iterator[Cause]:
    """Another device than the one that is meant: by a policy rule, a narrower route, or for want of the right one."""
    place, address = one.place, one.packet.dst
    namespace = view.case.namespace(place)
    if namespace is None or one.route is None:
        return
    device = broken_device(view, place, wanted.device) if place.netns == HOST else None
    if device is not None:
        yield missing(view, place, address, wanted, one.step, one.route)
        return
    diverted = by_rule(view, one, wanted.device)
    if diverted is not None:
        yield diverted
        return
    twins = _two_bridges(view, one, namespace, wanted) if place.netns == HOST else None
    if twins is not None:
        yield twins
        return
    right = [
        route
        for route in namespace.routes
        if _as_meant(view, place, address, route, wanted)
        and route.table == "main"
        and _in(address, route.dst)
        and route.dst != "0.0.0.0/0"
    ]
    network = ipaddress.ip_network(one.route.dst, strict=False)
    meant_network = ipaddress.ip_network(wanted.dst, strict=False)
    narrower = right and meant_network.prefixlen < network.prefixlen < network.max_prefixlen
    if narrower and place.netns == HOST and _own_network(namespace, one.route):
        yield _overlap(view, one, wanted)
        return
    if right or network.prefixlen >= meant_network.prefixlen or place.netns != HOST:
        way = f"by {wanted.device}" + (f" via {wanted.gateway}" if wanted.gateway else "")
        mend = repair.remove_route(one.route) if right else _both(one.route, wanted)
        yield _wrong(view, one, way, _leads(one.route), mend)
        return
    yield missing(view, place, address, wanted, one.step, one.route)


def by_rule(view: View, one: Routed, device: str | None) -> Cause | None:
    """A policy rule that led a packet to a table of its own. device: by which it ought to leave, where it is known."""
    place, address = one.place, one.packet.dst
    if one.rule is None or (one.rule.table or "main") in _MAIN:
        return None
    leads = f'rule "{one.rule}" leads packets to {address}'
    observed = f'{leads} to route "{route_text(one.route)}"'
    return Cause(
        finding(
            "policy-route-diverts",
            location_of(place),
            f"{_name(place)} sends packets to {address} by {device or 'its main table'}",
            observed,
            f"Remove the rule or the route, and find out what made them:\n$ ip rule del pref {one.rule.priority}\n"
            f"$ ip route show table {one.rule.table}",
            (Proof("simulation", ref_of(place.node), observed),),
        ),
        repair.at(place, repair.remove_policy_rule(one.rule)),
        step=one.step,
        backwards=view.backwards,
    )


def _two_bridges(view: View, one: Routed, namespace: Namespace, wanted: Meant) -> Cause | None:
    """Two bridges of a node with the same address and network: one route to it is first, and the pods on the other
    bridge are not reached.
    """
    first, other = namespace.links.get(one.dev or ""), namespace.links.get(wanted.device or "")
    if first is None or other is None or (first.kind, other.kind) != ("bridge", "bridge") or one.route is None:
        return None
    same = {str(each) for each in _networks(first)} & {
        str(each) for each in _networks(other) if ipaddress.ip_address(one.packet.dst) in each.network
    }
    if not same:
        return None
    place, node = one.place, view.case.evidence.nodes.get(one.place.node)
    ports = {link.name: len(namespace.ports_of(link.name)) for link in (first, other)}
    counted = " and ".join(f"{name} ({number} port{'s' if number != 1 else ''})" for name, number in ports.items())
    files = node.cni.files if node is not None and node.cni is not None else ()
    told = next((file for file in files if file.active and file.bridge in ports), None)
    says = f"; {told.path} names {told.bridge}" if told is not None else ""
    observed = f'{counted} both have {min(same)}, and route "{route_text(one.route)}" is the one that is used{says}'
    return Cause(
        finding(
            "duplicate-address",
            location_of(place),
            f"one bridge of {_name(place)} has the pods and the address {min(same)}",
            observed,
            "Let the CNI's configuration name one bridge, delete the pods that are ports of the other one, so that they"
            " are made anew, then that bridge:\n"
            f"$ bridge link show    # on {place.node}: which ports are in which bridge",
            (Proof("config", ref_of(place.node), observed),),
            heading="Two bridges have the pods' network",
        ),
        repair.at(place, repair.remove_route(one.route)),
        step=one.step,
        backwards=view.backwards,
        itself=True,
    )


def _networks(link: Link) -> list[ipaddress.IPv4Interface | ipaddress.IPv6Interface]:
    """The addresses of a device, with the networks that they make."""
    return [ipaddress.ip_interface(f"{one.address}/{one.prefix}") for one in link.addresses]


def left_behind(view: View) -> t.Iterator[Cause]:
    """A table of its own leads to a device that no program holds, as what was removed leaves it behind."""
    link = view.decided
    if view.reason is not Reason.NO_CARRIER or not isinstance(link, Link) or link.kind != "tun":
        return
    here = [one for one in view.routed() if (one.place.node, one.place.netns) == (view.place.node, view.place.netns)]
    if here and here[-1].dev == link.name:
        diverted = by_rule(view, here[-1], None)
        if diverted is not None:
            yield down(view, view.place, link, True).because_of(diverted)


def _own_network(namespace: Namespace, route: Route) -> bool:
    """Whether a route is that of a network in which its device has an address: that network is there. A route by a
    gateway says only where somebody once thought that one is."""
    link = namespace.links.get(route.dev or "")
    return not route.gateway and any(str(one.network) == route.dst for one in (_networks(link) if link else ()))


def _overlap(view: View, one: Routed, wanted: Meant) -> Cause:
    """A foreign network inside the pod network, with a route of its own."""
    place, route = one.place, t.cast(Route, one.route)
    observed = f'route "{route_text(route)}" leads to a network inside {wanted.dst}, the pod network there'
    return Cause(
        finding(
            "pod-cidr-overlap",
            location_of(place),
            "the pod network overlaps with no other network",
            observed,
            "Give the cluster a pod network of its own; where the foreign network is not needed on that node, remove"
            f" its route:\n$ ip route del {route_text(route)}",
            (Proof("simulation", ref_of(place.node), observed),),
        ),
        repair.at(place, repair.remove_route(route)),
        step=one.step,
        backwards=view.backwards,
    )


def _both(route: Route, wanted: Meant) -> repair.Change:
    remove, add = repair.remove_route(route), repair.add_route(wanted.dst, wanted.device, wanted.gateway)
    return lambda namespace: add(remove(namespace))


def _name(place: Place) -> str:
    return place.node if place.netns == HOST else f"{place.netns} on {place.node}"


def _wrong(view: View, one: Routed, right: str, leads: str, change: repair.Change) -> Cause:
    place, address, route = one.place, one.packet.dst, route_text(one.route)
    observed = f'route "{route}" leads {leads}'
    return Cause(
        finding(
            "route-wrong",
            location_of(place),
            f"{_name(place)} sends packets for {address} {right}",
            observed,
            f"Correct the route:\n$ ip route get {address}\n$ ip route del {route}\n" + _restart(place.node),
            (Proof("simulation", ref_of(place.node), f"{observed}, and the packets end there"),),
            heading="A route leads to the wrong place" + (" on the way back" if view.backwards else ""),
        ),
        repair.at(place, change),
        step=one.step,
        backwards=view.backwards,
    )


def _restart(node: str, writes: str = "its own routes again") -> str:
    return f"Restart the CNI agent on {node}: it writes {writes}. Its pod is in:\n" + AGENT.format(node=node)


def missing(
    view: View, place: Place, address: str, wanted: Meant, step: Step | None, default: Route | None = None
) -> Cause:
    """The right route is not there; and why, where its device or the CNI's agent is what is missing."""
    observed = f"no route of {_name(place)} matches {address}"
    if default is not None:
        observed = f'only "{route_text(default)}" matches {address}, which leads away from the pod network'
    over = f" over {wanted.device}" if wanted.device else ""
    change = repair.at(place, repair.add_route(wanted.dst, wanted.device, wanted.gateway))
    surface = Cause(
        finding(
            "route-missing",
            location_of(place),
            f"{_name(place)} has a route to {wanted.dst}{over}",
            observed,
            f"{_who_writes(view, place, address, wanted)}\nThen find out what removed it: ip monitor route",
            (Proof("simulation", ref_of(place.node), f"expected: a route to {wanted.dst}{over}; seen: {observed}"),),
            heading=_lost_route(view, place, address) + (" on the way back" if view.backwards else ""),
        ),
        change if wanted.device or wanted.gateway else None,
        step=step,
        backwards=view.backwards,
    )
    device = broken_device(view, place, wanted.device)
    if device is not None:
        mend = repair.both(*filter(None, (device.repair,)), change)
        return surface.because_of(_mended(device, mend))
    if place.netns != HOST:
        return surface
    bridge = bridge_address(view, place, wanted)
    if bridge is not None:
        return surface.because_of(bridge)
    bare = _bare_tunnel(view, place, wanted)
    if bare is not None:
        return surface.because_of(bare)
    agent = missing_agent(view.case, place.node)
    return surface.because_of(agent) if agent is not None else surface


def _lost_route(view: View, place: Place, address: str) -> str:
    if place.netns != HOST:
        return "A pod's own route is missing"
    of_pods = view.case.pods.node_of(address) is not None
    return "A route to the other node's pods is missing" if of_pods else "A node's route to what is no pod is missing"


def _who_writes(view: View, place: Place, address: str, wanted: Meant) -> str:
    """Who writes such a route: the CNI plugin when a pod is made, its agent, or whatever configures a node's NICs."""
    if place.netns != HOST:
        return f"Make the pod anew: the CNI plugin writes the route to {wanted.dst} when its network is made."
    if view.case.pods.node_of(address) is None:
        return (
            f"Give {place.node} its route to {wanted.dst} back, or its default route: what configures its NICs writes"
            f" it (netplan, NetworkManager, systemd-networkd, DHCP).\n$ ip route get {address}"
        )
    return _restart(place.node, f"the route to {wanted.dst}")


def _mended(cause: Cause, mend: Repair) -> Cause:
    return dataclasses.replace(cause, repair=mend, instead=None)


def bridge_address(view: View, place: Place, wanted: Meant | None) -> Cause | None:
    """The bridge of a node's pods without its own address, which takes the connected route and the gateway with it."""
    case = view.case
    address, name = case.pods.bridge_address(place.node), case.bridge(place.node)
    host = case.host(place.node)
    link = host.links.get(name or "") if host else None
    if address is None or link is None or (wanted is not None and wanted.device != link.name):
        return None
    have = [f"{one.address}/{one.prefix}" for one in link.addresses if one.family == 4]
    if address in have:
        return None
    observed = f"{link.name} has {', '.join(have) or 'no address'}"
    network = str(ipaddress.ip_interface(address).network)
    own = ipaddress.ip_interface(address)

    def change(namespace: Namespace) -> Namespace:
        return repair.add_local(link.name, str(own.ip), own.network.prefixlen)(
            repair.add_route(network, link.name)(namespace)
        )

    return Cause(
        finding(
            "bridge-address-wrong",
            Location(node=place.node, device=link.name),
            f"{link.name} of {place.node} has the address {address}, the gateway of its pods",
            observed,
            f"Give it the address back, and find out what changed it:\n$ ip address add {address} dev {link.name}",
            (Proof("config", ref_of(place.node), f"{observed}; expected {address}"),),
        ),
        repair.at(place, change),
        itself=True,
    )


def _bare_tunnel(view: View, place: Place, wanted: Meant) -> Cause | None:
    """A tunnel device that has lost its only address: with the last address of a device the kernel takes its routes and
    neighbours (fib_inetaddr_event()), and nobody writes those again.
    """
    case, host = view.case, view.case.namespace(place)
    link = host.links.get(wanted.device or "") if host is not None else None
    peer = case.pods.peers.get(place.node)
    first = next((cidr.partition("/")[0] for cidr in (peer.pod_cidrs if peer else ()) if ":" not in cidr), "")
    if link is None or link.vxlan is None or not first or case.pods.backend(place.node) != "vxlan":
        return None
    if any(one.family == 4 for one in link.addresses):
        return None
    observed = f"{link.name} has no address, and with its last one the kernel takes the routes over a device away"
    return Cause(
        finding(
            "address-missing",
            Location(node=place.node, device=link.name),
            f"{link.name} of {place.node} has {first}",
            observed,
            f"Restart the CNI agent on {place.node}: it gives {link.name} its address, routes and neighbours again."
            " Then find out what took it: a network service that was started anew and keeps only what it configured"
            " itself (systemd-networkd, NetworkManager: leave the CNI's devices unmanaged).",
            (Proof("config", ref_of(place.node), observed),),
        ),
        itself=True,
    )


# -- ends ----------------------------------------------------------------------------------------------------------
# The rules that the kernel makes for every namespace (fib_default_rules_init()).
_DEFAULT_RULES = {"local": 0, "main": 32766}


def unread_tables(view: View) -> t.Iterator[Cause]:
    """No policy routing rule looks into a table that the kernel always has, so its routes are as good as gone."""
    place, family = view.place, view.packet.family
    namespace = view.case.namespace(place)
    if namespace is None or {"rules", "routes"} & set(namespace.unread):
        return
    rules = [rule for rule in namespace.rules if rule.family == family]
    for table, priority in _DEFAULT_RULES.items():
        if not rules or any(rule.action == "lookup" and rule.table == table for rule in rules):
            continue
        observed = f"no policy routing rule of {_name(place)} looks into table {table}"
        yield Cause(
            finding(
                "route-missing",
                location_of(place),
                f'rule "{priority}: from all lookup {table}", which the kernel makes for every namespace',
                f"{observed}: its routes are not used",
                f"$ ip rule add pref {priority} lookup {table}\non {_name(place)}; then find out what deleted it.",
                (Proof("config", ref_of(place.node), observed),),
                heading=f"Nothing looks into the routing table {table}",
            ),
            repair.at(place, repair.look_into(table, priority, family)),
            step=view.trace.last,
            backwards=view.backwards,
            itself=True,
        )


def no_route(view: View) -> t.Iterator[Cause]:
    """Nothing in the tables matches, or a route of a type that drops does; or a rule leaps over those that do."""
    place, step = view.place, view.trace.last
    packet = view.packet
    one = next((entry for entry in reversed(view.routed()) if entry.step is step), None)
    address = one.packet.dst if one is not None else packet.dst
    route = one.route if one is not None else None
    if view.reason in (Reason.BLACKHOLE, Reason.UNREACHABLE, Reason.PROHIBIT, Reason.THROW) and one is not None:
        yield from _blackhole(view, one)
        return
    yield from _leapt(view, address)
    yield from _thrown(view, address)
    wanted = meant(view, place, address)
    if wanted is None:
        wanted = Meant(f"{address}/32", None, None)
    yield missing(view, place, address, wanted, step, route)


def _leapt(view: View, address: str) -> t.Iterator[Cause]:
    """Policy rules that lead past the rules, and so the tables, behind them; each is tried."""
    place, namespace = view.place, view.case.namespace(view.place)
    for rule in namespace.rules if namespace is not None else ():
        if rule.action != "goto":
            continue
        observed = f'rule "{rule}" leads past the tables that have a route to {address}'
        yield Cause(
            finding(
                "policy-route-diverts",
                location_of(place),
                f"{_name(place)} asks its main table for {address}",
                observed,
                f"Remove the rule, and find out what made it:\n$ ip rule del pref {rule.priority}",
                (Proof("simulation", ref_of(place.node), observed),),
            ),
            repair.at(place, repair.remove_policy_rule(rule)),
            step=view.trace.last,
            backwards=view.backwards,
        )


def _thrown(view: View, address: str) -> t.Iterator[Cause]:
    """Routes that throw packets out of a table; behind it nothing takes them, and each is tried."""
    place, namespace = view.place, view.case.namespace(view.place)
    for route in namespace.routes if namespace is not None else ():
        if route.type != "throw" or not _in(address, route.dst):
            continue
        observed = (
            f'route "{route_text(route)}" of table {route.table} ends the look-up there, and no table behind it goes on'
        )
        table = "" if route.table == "main" else f" table {route.table}"
        yield Cause(
            finding(
                "route-blackhole",
                location_of(place),
                f"{_name(place)} sends packets to {address} on",
                observed,
                f"Remove it where it is kept, and now:\n$ ip route del {route_text(route)}{table}",
                (Proof("simulation", ref_of(place.node), observed),),
                heading="A route throws the packet out of its table, and no other takes it",
            ),
            repair.at(place, repair.remove_route(route)),
            step=view.trace.last,
            backwards=view.backwards,
        )


def _blackhole(view: View, one: Routed) -> t.Iterator[Cause]:
    place, route = one.place, one.route
    if route is None and one.rule is not None:
        observed = f'rule "{one.rule}" drops packets to {one.packet.dst}'
        yield Cause(
            finding(
                "policy-route-diverts",
                location_of(place),
                f"{_name(place)} forwards packets to {one.packet.dst}",
                observed,
                f"Remove the rule, and find out what made it:\n$ ip rule del pref {one.rule.priority}",
                (Proof("simulation", ref_of(place.node), observed),),
            ),
            repair.at(place, repair.remove_policy_rule(one.rule)),
            step=one.step,
            backwards=view.backwards,
        )
        return
    if route is None:
        return
    diverted = one.rule is not None and (one.rule.table or "main") not in _MAIN
    observed = f'route "{route_text(route)}" drops them'
    if diverted and one.rule is not None:
        observed = f'rule "{one.rule}" leads them to route "{route_text(route)}", a drop'
    identifier = "policy-route-diverts" if diverted else "route-blackhole"
    change = repair.remove_policy_rule(one.rule) if diverted and one.rule is not None else repair.remove_route(route)
    wanted = None if diverted else meant(view, place, one.packet.dst)
    if wanted is not None and wanted.dst == route.dst:
        # It stands in the very place of the route that ought to be there.
        change = _then(change, repair.add_route(wanted.dst, wanted.device, wanted.gateway))
    yield Cause(
        finding(
            identifier,
            location_of(place),
            f"{_name(place)} forwards packets to {one.packet.dst}",
            observed,
            f"Remove it where it is kept, and now:\n$ ip route del {route_text(route)}"
            + (f" table {route.table}" if route.table != "main" else ""),
            (Proof("simulation", ref_of(place.node), observed),),
        ),
        repair.at(place, change),
        step=one.step,
        backwards=view.backwards,
    )


def _then(first: repair.Change, second: repair.Change) -> repair.Change:
    return lambda namespace: second(first(namespace))


def forwarding_off(view: View) -> t.Iterator[Cause]:
    """A node that is no router, in whole or for one device. No pod is meant to be one, but where its own rules lead
    packets on, as those of a balancer do."""
    place = view.place
    leads_on = any((one.place.node, one.place.netns) == (place.node, place.netns) for one in view.translations())
    if place.netns != HOST and not leads_on:
        return
    namespace = view.case.namespace(place)
    settings = namespace.sysctls if namespace else {}
    family = "ipv6" if view.packet.family == 6 else "ipv4"
    device = view.trace.last.place.device if view.trace.last else None
    iif = view.trace.hops[-1].iif if view.trace.hops else None
    names = [
        name
        for name in (
            f"net.{family}.conf.{device}.forwarding" if device else None,
            f"net.{family}.conf.{iif}.forwarding" if iif else None,
            "net.ipv4.ip_forward" if family == "ipv4" else None,
            f"net.{family}.conf.all.forwarding",
        )
        if name and settings.get(name) == "0"
    ]
    general = [name for name in names if name in ("net.ipv4.ip_forward", f"net.{family}.conf.all.forwarding")]
    name = next(iter([*general, *names]), "net.ipv4.ip_forward")

    def change(one: Namespace) -> Namespace:
        for each in {*names, name}:
            one = repair.sysctl(each, "1")(one)
        return one

    yield Cause(
        finding(
            "ip-forwarding-off",
            location_of(place, None if general or not names else name.split(".conf.")[1].removesuffix(".forwarding")),
            f"{name} is 1 on {_name(place)}",
            f"{name} is 0",
            f"$ sysctl -w {name}=1\nand keep it in /etc/sysctl.d/; then find out what sets it to 0.",
            (Proof("simulation", ref_of(place.node), f"{name} is 0, so {view.what()} are not forwarded"),),
            heading=f"The {'node' if place.netns == HOST else 'pod'} does not forward packets"
            + (" on the way back" if view.backwards else ""),
        ),
        repair.at(place, change),
        step=view.trace.last,
        backwards=view.backwards,
    )


def reverse_path(view: View) -> t.Iterator[Cause]:
    """A packet whose sender is reached by another device, where that is checked."""
    place = view.place
    namespace = view.case.namespace(place)
    device = (view.trace.hops[-1].iif if view.trace.hops else None) or place.device
    settings = namespace.sysctls if namespace else {}
    if f"net.ipv4.conf.{device}.rp_filter" not in settings:
        # The larger one of the two counts, and this one was not read.
        return
    of_all = settings.get("net.ipv4.conf.all.rp_filter")
    name = "net.ipv4.conf.all.rp_filter" if of_all == "1" else f"net.ipv4.conf.{device}.rp_filter"
    source = view.packet.src
    decided = view.decided
    back = decided if isinstance(decided, Route) else getattr(decided, "route", None)
    leads = (
        f'route "{route_text(back)}" leads back to {source} by {back.dev}'
        if isinstance(back, Route)
        else (f"no route leads back to {source} by {device}")
    )

    def change(one: Namespace) -> Namespace:
        for each in (f"net.ipv4.conf.{device}.rp_filter", "net.ipv4.conf.all.rp_filter"):
            one = repair.sysctl(each, "2" if each == name else settings.get(each, "0"))(one)
        return repair.sysctl(f"net.ipv4.conf.{device}.rp_filter", "2")(one)

    yield Cause(
        finding(
            "rp-filter-drop",
            location_of(place, device),
            f"{_name(place)} answers {source} by {device}, where its packets come in, or {name} allows another way",
            f"{leads}, and {name} is 1: packets from {source} that come in by {device} are dropped",
            f"Make the two ways one: find out what made that route or its rule:\n$ ip rule; ip route get {source}\n"
            f"Where two ways are meant:\n$ sysctl -w {name}=2\nand keep it in /etc/sysctl.d/.",
            (Proof("simulation", ref_of(place.node), f"{leads}; {name} is 1"),),
        ),
        repair.at(place, change),
        step=view.trace.last,
        backwards=view.backwards,
    )
