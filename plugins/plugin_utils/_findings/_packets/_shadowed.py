# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Routes that take packets before those that lead there: to a gateway that is not, or onto a wire where nobody is."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    label_of,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import Routed, View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import (
    HOST,
    Address,
    Link,
    Namespace,
    Route,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _address
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place


def shadowed(view: View) -> t.Iterator[Cause]:
    """The route that was used, where another one of the same network and table is the one that other nodes use. Where
    none of them does, the gateway that was meant may just have failed."""
    last = next(reversed(view.routed()), None)
    if last is None or last.route is None or last.gateway is None or last.place.netns != HOST:
        return
    other = _used_elsewhere(view, last, last.route)
    if other is None:
        return
    used, meant = _text(last.route), _text(other)
    observed = f'route "{used}" comes before "{meant}", which other nodes use, and nobody answers for {last.gateway}'
    yield Cause(
        finding(
            "route-wrong",
            location_of(last.place),
            f'{label_of(last.place)} sends packets to {last.packet.dst} by "{meant}", as other nodes do',
            observed,
            f"Remove the route, or give it a larger metric, where whatever manages it keeps it:\n$ ip route del {used}",
            (Proof("config", ref_of(last.place.node), observed),),
            heading="A route takes the packets before the one that leads there"
            + (" on the way back" if view.backwards else ""),
        ),
        repair.at(last.place, repair.remove_route(last.route)),
        step=last.step,
        backwards=view.backwards,
    )


def swallowed(view: View) -> t.Iterator[Cause]:
    """A route that takes an address for one of a device's own wire, where nobody has it; without it another route leads
    there: the network of a container engine's bridge in which a server outside is, too, a pod's device that a DHCP
    client took for a NIC, a host's own route onto the uplink. That nobody has the address is known where every end of
    the wire was read and none is outside the machine, or where the device has no address in the route's network, and
    asked for it in vain."""
    last = next(reversed(view.routed()), None)
    if last is None or last.route is None or last.place.netns != HOST or last.gateway is not None or last.dev is None:
        return
    host, used = view.case.namespace(last.place), last.route
    behind = view.network.reach(Place(last.place.node, HOST, last.dev))
    beyond = behind.outside or not all(place.netns.startswith("pod:") for place in behind.unread)
    if host is None or used.type != "unicast" or used.nexthops:
        return
    asked = _asked_in_vain(host, last)
    if beyond and not asked:
        # A pod that was not read has its own address, and is nobody's way to another one.
        return
    if _is_meant(view, last):
        return
    other = _without(host, used, last.packet.dst)
    if other is None:
        return
    link = host.links.get(last.dev)
    made = [f"{one.address}/{one.prefix}" for one in (link.addresses if link else ()) if _network(one) == used.dst]
    observed = (
        f'route "{_text(used)}" takes packets to {last.packet.dst}, and nobody behind {last.dev}'
        f" {'answers for' if asked else 'has'} that address;"
        f' without it they go by "{_text(other)}"'
    )
    advice = f"Remove the route where whatever manages it keeps it:\n$ ip route del {_text(used)}"
    if made:
        advice = (
            f"The address {made[0]} of {last.dev} makes that route: give what {last.dev} belongs to another network"
            f" (Docker: bip and default-address-pools of daemon.json).\n$ ip address show dev {last.dev}"
        )
    yield Cause(
        finding(
            "route-wrong",
            location_of(last.place, last.dev),
            f'{label_of(last.place)} sends packets to {last.packet.dst} by "{_text(other)}"',
            observed,
            advice,
            (Proof("config", ref_of(last.place.node), observed),),
            heading="A route onto a wire where nobody is takes the packets"
            + (" on the way back" if view.backwards else ""),
        ),
        repair.at(last.place, repair.remove_route(used)),
        step=last.step,
        backwards=view.backwards,
        itself=asked,
    )


def left_by_tunnel(view: View) -> t.Iterator[Cause]:
    """A route out of the cluster by a tunnel device that no program holds, where without it another one leads there: a
    VPN that ended left it, often two of them that are narrower than the default route (OpenVPN, redirect-gateway def1).
    """
    link, last = view.decided, next(reversed(view.routed()), None)
    if not isinstance(link, Link) or link.kind != "tun" or last is None or last.route is None or last.dev != link.name:
        return
    host = view.case.namespace(last.place)
    other = _without(host, last.route, last.packet.dst) if host is not None else None
    if other is None or other.dev == link.name or _is_meant(view, last):
        return
    used, meant = _text(last.route), _text(other)
    observed = f'route "{used}" comes before "{meant}", and no program holds the other end of {link.name}'
    yield Cause(
        finding(
            "route-wrong",
            location_of(last.place),
            f'{label_of(last.place)} sends packets to {last.packet.dst} by "{meant}"',
            observed,
            "Where the tunnel is no longer wanted, take its device away, and its routes with it:\n"
            f"$ ip link del {link.name}\nin {label_of(last.place)}; else start what holds it.",
            (Proof("config", ref_of(last.place.node), observed),),
            heading="A route of a tunnel that nobody holds takes the packets"
            + (" on the way back" if view.backwards else ""),
        ),
        repair.at(last.place, repair.remove_route(last.route)),
        step=last.step,
        backwards=view.backwards,
    )


def _is_meant(view: View, last: Routed) -> bool:
    """Whether it is known where a packet ought to go, and compared with that: to the cluster, from one of its nodes."""
    return last.place.node in view.case.pods.peers and view.case.is_inside(last.packet.dst)


def _asked_in_vain(host: Namespace, last: Routed) -> bool:
    """Whether nobody answered for an address that is in no network of the device it was asked for on."""
    link = host.links.get(str(last.dev))
    own = any(_address.covers(_network(one), last.packet.dst) for one in (link.addresses if link else ()))
    entry = host.neighbour(str(last.dev), last.packet.dst)
    return entry is not None and entry.state in ("FAILED", "INCOMPLETE") and not own


def _without(host: Namespace, used: Route, address: str) -> Route | None:
    """The route of the same table that would lead to an address by another device, or by a gateway."""
    others = [
        route
        for route in host.routes
        if (route.family, route.table, route.type) == (used.family, used.table, "unicast")
        and route != used
        and (route.dev != used.dev or route.gateway)
        and _address.covers(route.dst, address)
    ]
    return min(others, key=lambda route: (-_length(route), route.metric or 0), default=None)


def _length(route: Route) -> int:
    return ipaddress.ip_network(route.dst, strict=False).prefixlen


def _network(one: Address) -> str:
    return str(ipaddress.ip_interface(f"{one.address}/{one.prefix}").network)


def _used_elsewhere(view: View, last: Routed, used: Route) -> Route | None:
    """Another route of that network in the same table, with a gateway that another node has for it."""
    host = view.case.namespace(last.place)
    others = [node.host for node in view.case.evidence.nodes.values() if node.name in view.case.pods.peers]
    known = {
        route.gateway
        for namespace in others
        if namespace is not host
        for route in namespace.routes
        if route.dst == used.dst and route.family == used.family and route.gateway
    }
    for route in host.routes if host is not None else ():
        same = (route.family, route.dst, route.table) == (used.family, used.dst, used.table)
        if same and route != used and route.gateway in known and used.gateway not in known:
            return route
    return None


def _text(route: Route) -> str:
    metric = f" metric {route.metric}" if route.metric else ""
    via = f" via {route.gateway}" if route.gateway else ""
    return f"{'default' if route.dst == '0.0.0.0/0' else route.dst}{via} dev {route.dev}{metric}"
