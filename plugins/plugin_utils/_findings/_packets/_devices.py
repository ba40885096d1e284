# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Devices that are down, missing, or not in their bridge."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base import _repair as repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    Repair,
    finding,
    label_of,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import View
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import pod_netns
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Link, Namespace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _address
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place, Reason


def device_ends(view: View) -> t.Iterator[Cause]:
    """A device that ended the packet."""
    place, step = view.place, view.trace.last
    namespace = view.case.namespace(place)
    decided = view.decided
    name = decided.name if isinstance(decided, Link) else place.device
    if name is None and view.trace.hops:
        name = view.trace.hops[-1].oif
    link = decided if isinstance(decided, Link) else (namespace.links.get(name or "") if namespace else None)
    if view.reason in (Reason.PORT_DETACHED, Reason.PORT_BLOCKED) and link is not None:
        yield _detached(view, place, link)
        return
    if view.reason is Reason.HAIRPIN_OFF:
        yield _hairpin(view, place, link)
        return
    if link is None:
        yield missing(view, place, name)
        return
    yield down(view, place, link, step is not None)


def ports(view: View) -> t.Iterator[Cause]:
    """The ports of the pods at both ends, which ought to be there, up and in their bridge."""
    packet = view.sent
    last = view.way.forward.packet
    while last is not None and last.tunnelled and last.inner is not None:
        last = last.inner
    for address in dict.fromkeys((packet.src, packet.dst, *((last.src, last.dst) if last is not None else ()))):
        pod = view.case.owner_of(address)
        spec = (pod or {}).get("spec") or {}
        if pod is None or spec.get("hostNetwork") or spec.get("nodeName") not in view.case.evidence.nodes:
            continue
        netns = pod_netns(pod)
        yield from _port(view, Place(spec["nodeName"], HOST), netns)
    yield from _tunnels(view, [packet.src, packet.dst, *((last.src, last.dst) if last is not None else ())])


def _tunnels(view: View, addresses: t.Sequence[str]) -> t.Iterator[Cause]:
    """The tunnel devices of the nodes on the way, where the CNI wants one for the pods at the other end."""
    nodes = dict.fromkeys(hop.node for trace in view.way.traces for hop in trace.hops)
    for node in nodes:
        for address in dict.fromkeys(addresses) if node in view.case.pods.peers else ():
            wanted = view.case.pods.wanted_route(node, address)
            if wanted is not None and wanted.device is not None:
                cause = broken_device(view, Place(node, HOST), wanted.device)
                if cause is not None:
                    yield cause


def _port(view: View, place: Place, netns: str) -> t.Iterator[Cause]:
    node = view.case.evidence.nodes[place.node]
    inside = node.namespaces.get(netns)
    if inside is None or "links" in inside.unread or "links" in node.host.unread:
        return
    own = inside.ethernet
    if own is None:
        yield missing(view, Place(place.node, netns), "eth0")
        return
    if not own.up:
        yield down(view, Place(place.node, netns), own, False)
    if own.kind != "veth" or own.peer_index is None:
        return
    port = node.host.link_by_index(own.peer_index)
    if port is None or port.kind != "veth":
        yield missing(view, place, None)
        return
    if not port.up:
        yield down(view, place, port, False)
    # A device that is no bridge's port has a link-local route of its own, which leads nowhere.
    routed = any(
        route.dev == port.name
        and route.type == "unicast"
        and _address.kind(route.dst.partition("/")[0]) != "link-local"
        for route in node.host.routes
    )
    bridge = view.case.bridge(place.node)
    if routed or (port.master is not None and not _strayed(node.host, port.master, bridge)):
        return
    if bridge is not None:
        yield _detached(view, place, port)
        return
    bridge = _bridge_elsewhere(view, place.node)
    if bridge is not None:
        yield missing(view, place, bridge)


def _strayed(host: Namespace, master: str, bridge: str | None) -> bool:
    """Whether a pod's port is in another bridge than the pods', one without an address, that no route leads by."""
    other = host.links.get(master)
    if bridge is None or master == bridge or other is None or other.kind != "bridge":
        return False
    return not any(one.scope == "global" for one in other.addresses) and all(
        route.dev != master or _address.kind(route.dst.partition("/")[0]) == "link-local" for route in host.routes
    )


def _bridge_elsewhere(view: View, node: str) -> str | None:
    """The bridge that the pods of a node ought to be ports of: the other nodes', or flannel's own choice."""
    names = [view.case.bridge(other) for other in view.case.evidence.nodes if other != node]
    ours = "cni0" if view.case.pods.backend(node) in ("vxlan", "host-gw") else None
    return next((name for name in names if name is not None), ours)


def broken_device(view: View, place: Place, name: str | None) -> Cause | None:
    """The device that a route ought to use, where it is down or away."""
    host = view.case.namespace(place)
    if host is None or name is None or "links" in host.unread:
        return None
    link = host.links.get(name)
    if link is None:
        return missing(view, place, name)
    return down(view, place, link, False) if not link.up else None


def down(view: View, place: Place, link: Link, met: bool) -> Cause:
    """Set down, or without a carrier because its other end is down."""
    place, link = _other_end(view, place, link)
    who = place.node if place.netns == HOST else f"{place.netns[len('pod:') :]}"
    owner = f"pod {who}" if place.netns != HOST else who
    proof = Proof("config", ref_of(place.node), f"{link.name} of {owner} is {'up' if link.up else 'set down'}")
    if not link.up:
        change = (
            f"$ ip link set {link.name} up\non {place.node}; then find out what set it down."
            if place.netns == HOST
            else "Delete the pod, so that the CNI makes its devices and routes again; then find out what set it down."
        )
        cause = finding(
            "device-down",
            location_of(place, link.name),
            f"{link.name} of {owner} is up",
            f"{link.name} is set down",
            change,
            (proof,),
        )
    else:
        program = link.kind == "tun"
        cause = finding(
            "device-down",
            location_of(place, link.name),
            f"{link.name} of {owner} has a carrier",
            f"{link.name} has none: "
            + ("no program holds its other end" if program else "its other end is down or unplugged"),
            f"Start the program that {link.name} belongs to, or take away what leads packets there."
            if program
            else f"Bring the other end of {link.name} up, or check the cable.",
            (proof,),
        )
    held = _port_held(view, place, link)
    if held:
        cause = finding(
            cause.id,
            cause.location,
            cause.expected,
            f"{cause.observed}, and {held} already has its UDP port",
            f"Remove {held}, a leftover, then set {link.name} up again.",
            cause.evidence,
        )
    mend = repair.both(repair.at(place, repair.link_up(link.name)), *_peer_up(view, place, link))
    if held:
        mend = repair.both(mend, repair.at(place, repair.remove_link(held)))
    return Cause(cause, mend, step=view.trace.last if met else None, backwards=view.backwards, itself=True)


def _peer_up(view: View, place: Place, link: Link) -> t.Iterator[Repair]:
    """The other end of a pair gets its carrier back with this one."""
    node = view.case.evidence.nodes.get(place.node)
    for name, namespace in node.namespaces.items() if node is not None and link.kind == "veth" else ():
        other = namespace.link_by_index(link.peer_index)
        if name != place.netns and other is not None and other.up and other.peer_index == link.index:
            yield repair.at(Place(place.node, name), repair.link_up(other.name))


def _other_end(view: View, place: Place, link: Link) -> tuple[Place, Link]:
    """A pair without carrier is down at its other end: that one is to be changed."""
    if not link.up or link.carrier is not False:
        return place, link
    node = view.case.evidence.nodes.get(place.node)
    for name, namespace in node.namespaces.items() if node else ():
        other = namespace.link_by_index(link.peer_index)
        if name == place.netns or other is None or other.peer_index != link.index or other.up:
            continue
        if link.peer_netns is None or namespace.inode is None or namespace.inode == link.peer_netns:
            return Place(place.node, name), other
    return place, link


def _port_held(view: View, place: Place, link: Link) -> str | None:
    """Another tunnel that already has the UDP port of this one."""
    namespace = view.case.namespace(place)
    if link.vxlan is None or namespace is None:
        return None
    return next(
        (
            other.name
            for other in namespace.links.values()
            if other.name != link.name
            and other.up
            and other.vxlan is not None
            and other.vxlan.port == link.vxlan.port
            and other.vxlan.external
        ),
        None,
    )


def taken_over(view: View) -> t.Iterator[Cause]:
    """A macvlan or ipvlan device that takes the frames of the device below it."""
    upper, below = view.decided, view.place
    if not isinstance(upper, Link):
        return
    place = next((at for at, one in view.network.on_top(below) if one == upper), below)
    mode = f" in mode {upper.mode}" if upper.mode else ""
    observed = (
        f"{upper.name} of {label_of(place)}, a {upper.kind}{mode}, stands on {below.device} of {label_of(below)} and"
        f" takes what that receives" + ("" if upper.up else ", and is set down")
    )
    command = f"$ ip link del {upper.name}"
    if upper.kind != "ipvlan":
        command += f"    # or: ip link set {upper.name} type {upper.kind} mode bridge, where it was made so"
    yield Cause(
        finding(
            "device-taken-over",
            location_of(Place(place.node, place.netns), upper.name),
            f"{below.device} of {label_of(below)} takes in {view.what()}",
            observed,
            f"Take {upper.name} away, or put it on a device that nobody else uses:\n{command}\nin {label_of(place)};"
            " then find out who made it.",
            (Proof("config", ref_of(place.node), observed),),
        ),
        repair.at(Place(place.node, place.netns), repair.remove_link(upper.name)),
        step=view.trace.last,
        backwards=view.backwards,
        itself=True,
    )


def missing(view: View, place: Place, name: str | None) -> Cause:
    """A device that ought to be there."""
    what = f"the device {name}" if name else "a device towards the pod"
    owner = label_of(place)
    return Cause(
        finding(
            "device-missing",
            location_of(place, name),
            f"{owner} has {what}",
            f"{owner} does not have it",
            f"Restart the CNI agent on {place.node}: it makes its devices again. Its pod is in:\n"
            f"$ kubectl get pods -A -o wide --field-selector spec.nodeName={place.node}\n"
            "A pod's own port comes back when the pod is deleted."
            if place.netns == HOST
            else f"Delete {owner}, so that the CNI makes its port again; then find out what took it away.",
            (Proof("config", ref_of(place.node), f"links of {owner}: there is no {name or 'such device'}"),),
        ),
        step=view.trace.last,
        backwards=view.backwards,
        itself=True,
    )


def _detached(view: View, place: Place, link: Link) -> Cause:
    bridge = view.case.bridge(place.node)
    blocked = view.reason is Reason.PORT_BLOCKED
    observed = f"{link.name} belongs to none, and no route leads to it"
    if link.master not in (None, bridge) and bridge is not None:
        observed = f"{link.name} belongs to {link.master}, and the node's pods to {bridge}"
    change = (
        f"$ ip link set {link.name} master {bridge or 'BRIDGE'}\non {place.node}, or delete the pod so that the CNI"
        " makes a new port."
    )
    if blocked:
        said = view.trace.last.text.rstrip(".") if view.trace.last is not None else ""
        observed = said or f"{link.name} does not forward"
        change = (
            f"$ bridge link set dev {link.name} {_forwards_again(link)}\non {place.node}; then find out what set it."
        )
    return Cause(
        finding(
            "bridge-port-detached",
            Location(node=place.node, device=link.name),
            f"{link.name}, a pod's port, belongs to a bridge and forwards",
            observed,
            change,
            (Proof("config", ref_of(place.node), observed),),
            heading="A port of a bridge does not let the frames pass" if blocked else "",
        ),
        repair.at(place, repair.attach(link.name, bridge)) if bridge and not blocked else None,
        step=view.trace.last,
        backwards=view.backwards,
        itself=True,
    )


def _forwards_again(link: Link) -> str:
    """The words by which bridge lets a port forward what its settings keep from it."""
    port = link.bridge_port
    if port is None:
        return "state 3"
    words = {
        "state 3": port.state not in (None, "forwarding"),
        "isolated off": bool(port.isolated),
        "locked off": bool(port.locked),
        "learning on flood on": port.flood is False,
        "bcast_flood on": port.bcast_flood is False,
    }
    return " ".join(word for word, wrong in words.items() if wrong) or "state 3"


def _hairpin(view: View, place: Place, link: Link | None) -> Cause:
    name = link.name if link else place.device
    return Cause(
        finding(
            "hairpin-mode-off",
            Location(node=place.node, device=name),
            f"{name} sends packets back to the pod they came from",
            f"hairpin mode of {name} is off, so the pod does not reach itself through its Service",
            f"$ bridge link set dev {name} hairpin on\nand set hairpinMode in the CNI's configuration.",
            (Proof("config", ref_of(place.node), f"hairpin of {name}: off"),),
        ),
        repair.at(place, _hairpin_on(name)) if name else None,
        step=view.trace.last,
        backwards=view.backwards,
    )


def _hairpin_on(name: str) -> repair.Change:
    return repair.change_port(name, hairpin=True)
