# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Addresses that their owner does not have, gives away wrongly, or does not answer for."""

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
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._pod_networks import foreign_address
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._devices import missing
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._filters import command
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    Finding,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import pod_netns
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Link, Namespace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _address
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._routing import routing
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place, Reason, Stage


def _address_missing(location: Location, expected: str, observed: str, remediation: str) -> Finding:
    shown = (Proof("config", ref_of(location.node), observed),)
    return finding("address-missing", location, expected, observed, remediation, shown)


def not_there(view: View) -> t.Iterator[Cause]:
    """A pod or node whose address the cluster knows, and none of its devices has."""
    sent = view.sent
    for address in dict.fromkeys((view.inner.dst, *(one.after.dst for one in view.translations()), sent.dst, sent.src)):
        owner = _owner(view, address)
        namespace = view.case.namespace(owner) if owner is not None else None
        if owner is None or namespace is None or {"links", "addresses"} & set(namespace.unread):
            continue
        if namespace.owner_of(address) is not None or view.network.owners(address):
            continue
        pod = owner.netns != HOST
        label = label_of(owner)
        observed = f"no device of {label} has {address}"
        own = namespace.ethernet if pod else None
        cause = Cause(
            _address_missing(
                location_of(owner, own.name if own is not None else None),
                f"{label} has {address}, as the cluster's API says",
                observed,
                "Delete the pod, so that the CNI gives it its address again; then find out what took it away."
                if pod
                else f"Give {owner.node} its address again (see its NIC's configuration), or restart its kubelet and"
                " CNI agent where it has another one now.",
            ),
            step=view.trace.last,
            backwards=view.backwards,
            itself=True,
        )
        yield cause.because_of(missing(view, owner, "eth0")) if pod and own is None else cause
        return


def homeless(view: View) -> t.Iterator[Cause]:
    """A node on the way that has none of its addresses, and with them lost its routes to the other nodes: what the
    kernel flushes with a device's last address (fib_disable_ip()).
    """
    peers = view.case.pods.peers
    for node in dict.fromkeys(hop.node for trace in view.way.traces for hop in trace.hops if hop.node in peers):
        host, own = view.case.host(node), peers[node].tunnel_addresses
        if host is None or not own or {"links", "addresses", "routes"} & set(host.unread):
            continue
        if any(host.owner_of(address) is not None or view.network.owners(address) for address in own):
            continue
        others = [address for name, peer in peers.items() if name != node for address in peer.tunnel_addresses]
        ways = [route for route in host.routes if route.type == "unicast"]
        if not others or any(_address.covers(route.dst, address) for route in ways for address in others):
            continue
        observed = f"no device of {node} has {' or '.join(own)}, and it has no route to another node"
        yield Cause(
            _address_missing(
                Location(node=node),
                f"{node} has {own[0]}, as the cluster's API says",
                observed,
                f"Give {node} its address again (see its NIC's configuration, and whether its DHCP lease ran out), and"
                " restart its CNI agent, which makes its routes and tunnels again.",
            ),
            itself=True,
        )


def out_of_network(view: View) -> t.Iterator[Cause]:
    """A pod's address of a network that no other node knows, and the packet is lost before it comes to its node."""
    hops = view.trace.hops
    start = hops[0].node if hops else view.place.node
    cause = foreign_address(view.case, view.inner.dst, start)
    if cause is not None and cause.finding.location.node != view.place.node:
        yield dataclasses.replace(cause, step=view.trace.last, backwards=view.backwards)


def not_taken(view: View) -> t.Iterator[Cause]:
    """A packet for an address of the namespace that it is in, whose table local has lost the route that says so."""
    for one in view.routed():
        place, address = one.place, one.packet.dst
        namespace = view.case.namespace(place)
        link = namespace.owner_of(address) if namespace is not None else None
        if namespace is None or link is None or {"links", "routes"} & set(namespace.unread):
            continue
        if any(route.type == "local" and _address.covers(route.dst, address) for route in namespace.routes):
            continue
        observed = f"{link.name} has {address}, and table local has no route for it: it is taken for somebody else's"
        command = f"ip route add local {address} dev {link.name} proto kernel scope host src {address} table local"
        yield Cause(
            _address_missing(
                location_of(place, link.name),
                f"{label_of(place)} takes packets to {address} for its own",
                observed,
                f"$ {command}\nin {label_of(place)}, or delete and add the address; then find out what took the route.",
            ),
            repair.at(place, repair.add_local_route(link.name, address)),
            step=one.step,
            backwards=view.backwards,
            itself=True,
        )


def claimed_source(view: View) -> t.Iterator[Cause]:
    """A packet that comes in with one of the receiver's own addresses as its source (fib_validate_source())."""
    place, source = view.place, view.packet.src
    namespace = view.case.namespace(place)
    link = namespace.owner_of(source) if namespace is not None else None
    sender = _owner(view, source)
    if link is None or (sender is not None and (sender.node, sender.netns) == (place.node, place.netns)):
        return
    if sender is None:
        yield from _of_two(view, link)
        return
    observed = f"{link.name} of {label_of(place)} has {source}, the address of {label_of(sender)}, too"
    yield Cause(
        finding(
            "duplicate-address",
            location_of(place, link.name),
            f"only {label_of(sender)} has the address {source}",
            f"{observed}: its packets are taken for forged ones",
            f"$ ip addr del {source} dev {link.name}\nin {label_of(place)}; then find out what gave it twice.",
            (Proof("config", ref_of(place.node), observed),),
        ),
        repair.at(place, repair.remove_address(source)),
        step=view.trace.last,
        backwards=view.backwards,
        itself=True,
    )


def _of_two(view: View, link: Link) -> t.Iterator[Cause]:
    """An address that the cluster's objects do not know, and both the sender and the receiver have: a virtual one that
    one of them did not give up. Which of the two ought to have it, nobody here knows."""
    place, source = view.place, view.packet.src
    first = view.trace.hops[0] if view.trace.hops else None
    sender = Place(first.node, first.netns) if first is not None else None
    other = view.case.namespace(sender) if sender is not None else None
    nic = other.owner_of(source) if other is not None else None
    if sender is None or nic is None or (sender.node, sender.netns) == (place.node, place.netns):
        return
    both = f"{nic.name} of {label_of(sender)} and {link.name} of {label_of(place)} both have {source}"
    yield Cause(
        finding(
            "duplicate-address",
            Location(),
            f"one machine at a time has the address {source}",
            f"{both}: what the one sends from it, the other takes for forged",
            f"See who ought to have it (keepalived, kube-vip: one at a time), and take it from the other one:\n"
            f"$ ip addr del {source} dev {link.name}    # on {place.node}, say",
            (Proof("config", ref_of(sender.node), both), Proof("config", ref_of(place.node), both)),
        ),
        repair.at(place, repair.remove_address(source)),
        step=view.trace.last,
        backwards=view.backwards,
        itself=True,
    )


def _owner(view: View, address: str | None) -> Place | None:
    """The namespace that ought to have an address, as the API's objects say."""
    pod = view.case.owner_of(address)
    if pod is not None:
        spec = pod.get("spec") or {}
        if spec.get("hostNetwork") or not spec.get("nodeName"):
            return None
        return Place(spec["nodeName"], pod_netns(pod))
    node = view.case.pods.node_with(address)
    return Place(node, HOST) if node is not None else None


def ignored(view: View) -> t.Iterator[Cause]:
    """A namespace that is set to answer no pings (icmp_echo_ignore_all)."""
    place = view.place
    label = label_of(place)
    name = str(view.decided or "net.ipv4.icmp_echo_ignore_all")
    observed = f"{name} is set in {label}: it answers no ping, whatever else works"
    yield Cause(
        finding(
            "icmp-echo-ignored",
            location_of(Place(place.node, place.netns)),
            f"{label} answers pings",
            observed,
            f"Ask for a port instead of a ping; or, where pings are wanted:\n$ sysctl -w {name}=0",
            (Proof("config", ref_of(place.node), observed),),
        ),
        repair.at(Place(place.node, place.netns), repair.sysctl(name, "0")),
        step=view.trace.last,
        backwards=view.backwards,
        itself=True,
    )


def translated_source(view: View) -> t.Iterator[Cause]:
    """Answers to a source address that a rule gave the packets, and that the node does not have. Where the packets
    leave the cluster, an address of the network that they go out to is looked for there, and the node does not answer.
    And a source that the receiver takes for forged: its own address, or one that no machine sends from.
    """
    leaves = not view.backwards and view.reason is Reason.EXTERNAL
    refused = not view.backwards and view.reason in (Reason.MARTIAN, Reason.RP_FILTER)
    if not view.backwards and not leaves and not refused:
        return
    for hop in view.way.forward.hops:
        before, after = hop.before, hop.after
        while after.tunnelled and after.inner is not None:
            after = after.inner
        place = Place(hop.node, hop.netns)
        namespace = view.case.namespace(place)
        if before.tunnelled or before.src == after.src or namespace is None or not before.src:
            continue
        if _is_own(namespace, after.src) and _address.kind(after.src) != "loopback":
            continue
        if after.src != (view.inner.src if refused else view.inner.dst) and not leaves:
            continue
        if leaves and not _neighbours(namespace, hop.oif, after.src):
            # Routers may lead such an address here.
            continue
        rules = [one.decided for one in hop.steps if one.stage is Stage.NAT and isinstance(one.decided, Rule)]
        rule = rules[-1] if rules else None
        if rule is None:
            continue
        observed = f'rule "{rule.text.strip()}" of {label_of(place)} makes {before.src} to {after.src}, ' + (
            "which no other machine takes" if _is_own(namespace, after.src) else "which it does not have"
        )
        owner = view.case.pods.node_with(after.src) or _holder(view.case, after.src)
        if owner is not None:
            observed += f" ({owner} has it)"
        yield Cause(
            finding(
                "snat-wrong",
                location_of(place),
                f"answers to what {place.node} translates come back to it",
                observed,
                f"Remove the rule, or give it an address of {place.node}:\n{command(rule)}",
                (Proof("simulation", ref_of(place.node), observed),),
            ),
            None if leaves else repair.at(place, repair.without(rule)),
            step=view.trace.last,
            backwards=view.backwards,
            itself=True,
        )
        return


def _is_own(namespace: Namespace, address: str) -> bool:
    """Whether packets to an address are for this namespace: an address of a device, or a route of type local."""
    known = routing(namespace)
    family = 6 if ":" in address else 4
    return namespace.owner_of(address) is not None or known.address_type(family, address, None) == "local"


def _neighbours(namespace: Namespace, device: str | None, address: str) -> bool:
    """Whether an address is one of the network that a device is in, and nobody answers for it here (ip neigh proxy)."""
    link = namespace.links.get(device or "")
    if link is None or any(one.proxy and one.address == address for one in namespace.neighbours):
        return False
    return any(_address.covers(f"{one.address}/{one.prefix}", address) for one in link.addresses)


def _holder(case: Case, address: str) -> str | None:
    """The other node that was read and has an address."""
    return next((name for name, node in case.evidence.nodes.items() if node.host.owner_of(address) is not None), None)


def right_source(case: Case, start: Place, source: str | None) -> str | None:
    """The address that a pod or node ought to send from, where it sends from one that nobody knows it by; else None."""
    if not source or ":" in source or _address.kind(source) == "loopback":
        return None
    if start.netns != HOST:
        namespace, _slash, name = start.netns[len("pod:") :].partition("/")
        status = (case.index.pods.get((namespace, name)) or {}).get("status") or {}
        known = [str(one.get("ip")) for one in status.get("podIPs") or []] or [str(status.get("podIP") or "")]
        right = next((one for one in known if one and ":" not in one), None)
        return right if right is not None and source not in known else None
    peer = case.pods.peers.get(start.node)
    if peer is None or peer.owns(source) or source in (*peer.addresses, *peer.tunnel_addresses):
        return None
    return next((one for one in peer.addresses if ":" not in one), None)


def foreign_source(view: View) -> t.Iterator[Cause]:
    """A pod or node that sends from an address that the others do not know it by, so that answers go elsewhere."""
    start, sent = view.trip.start, view.sent
    right = right_source(view.case, start, sent.src)
    answered = _answered_otherwise(view, right) if right is not None and not view.backwards else None
    if right is None or not (view.backwards or answered):
        return
    namespace = view.case.namespace(start)
    link = namespace.owner_of(sent.src) if namespace is not None else None
    if link is not None and link.vxlan is not None and start.netns == HOST:
        yield from _tunnel_address(view, start, link)
        return
    label = label_of(start)
    device = f", an address of its {link.name}" if link is not None else ""
    observed = f"it sends from {sent.src}{device}, and the cluster knows it as {right}"
    yield Cause(
        finding(
            "source-address-wrong",
            location_of(start, link.name if link is not None else None),
            f"{label} sends from {right}, to which the answers find back",
            observed,
            "Find out what chose that address: a second address, a route with `src`, a second device.\n"
            f"$ ip route get {sent.dst}; ip address" + (_NOT_MASQUERADED if answered else ""),
            (Proof("config", ref_of(start.node), observed), *([probe_proof(answered)] if answered else ())),
        ),
        sender=right if view.backwards else None,
        step=view.trace.last,
        backwards=view.backwards,
        itself=True,
        open="" if view.backwards else "whether the answers go elsewhere, which no snapshot shows",
    )


_NOT_MASQUERADED = (
    "\nkube-proxy masquerades what a node sends to a Service only where it knows the pods' network (clusterCIDR):\n"
    "$ kubectl -n kube-system get configmap kube-proxy -o yaml | grep -i clusterCIDR"
)


def _answered_otherwise(view: View, right: str) -> Probe | None:
    """A probe of the same node that was answered by the same end, where this packet leaves what was read: what parts
    them is the source address that the packet keeps. It is the node's own where nothing was bound to another."""
    packet, start = view.inner, view.trip.start
    if view.reason is not Reason.EXTERNAL or start.netns != HOST or packet.src != view.sent.src:
        return None
    for probe in view.case.evidence.probes:
        request = probe.request
        here = probe.node == start.node and str(request.get("netns") or HOST) == HOST
        end = (str(request.get("target")), request.get("port"), request.get("kind"))
        if probe.status != "pass" or not here or end != (packet.dst, packet.dport, packet.protocol):
            continue
        trip = view.case.trip(probe)
        sources = {way.forward.hops[0].before.src for way in trip.ways if way.forward.hops} if trip else set()
        if sources == {right}:
            return probe
    return None


def _tunnel_address(view: View, start: Place, link: Link) -> t.Iterator[Cause]:
    """A tunnel device without the address by which the other nodes answer to its node (flannel: the first one of the
    node's pod network).
    """
    peer = view.case.pods.peers.get(start.node)
    first = next(
        (cidr.partition("/")[0] for cidr in (peer.pod_cidrs if peer is not None else ()) if ":" not in cidr), ""
    )
    if (
        not first
        or view.case.pods.backend(start.node) != "vxlan"
        or any(one.address == first for one in link.addresses)
    ):
        return
    observed = f"{link.name} has {view.sent.src} and not {first}"
    yield Cause(
        _address_missing(
            location_of(start, link.name),
            f"{link.name} of {start.node} has {first}, to which the other nodes answer",
            observed,
            f"Restart the CNI agent on {start.node}: it gives {link.name} its address again; then find out what changed"
            " it.",
        ),
        repair.at(start, repair.add_local(link.name, first, 32)),
        sender=first,
        step=view.trace.last,
        backwards=True,
        itself=True,
    )


def blocked_by_ipsec(view: View) -> t.Iterator[Cause]:
    """A policy of IPsec whose action is block, that wants what nobody has agreed about, or what came to have been
    encrypted."""
    place, policy = view.place, view.decided
    text, unmet = getattr(policy, "text", ""), getattr(policy, "unmet", None)
    observed = f'the IPsec policy "{text}" blocks {view.what()}'
    change = (
        "Remove the policy, and find out what wrote it (a VPN or IPsec service that is gone, say):\n$ ip xfrm policy"
    )
    wanted = getattr(policy, "wanted", None) if getattr(policy, "direction", "") != "out" else None
    if wanted is not None:
        observed = f'the IPsec policy "{text}" takes {view.what()} only if they came encrypted ({wanted})'
        change = (
            "Let the sender encrypt them (its policy of direction out, and the service that agrees about keys); or"
            " remove the policy, if that service is gone:\n$ ip xfrm policy; ip xfrm state list nokeys    # at both\n"
            "$ cat /proc/net/xfrm_stat    # XfrmInTmplMismatch"
        )
    elif unmet is not None:
        observed = f'the IPsec policy "{text}" wants {view.what()} encrypted ({unmet}), and there is no state for that'
        change = (
            "Start the IPsec service that agrees about keys, and look at why it does not; or remove the policy, if that"
            " service is gone:\n$ ip xfrm policy; ip xfrm state list nokeys\n$ cat /proc/net/xfrm_stat    #"
            " XfrmOutNoStates"
        )
    yield Cause(
        finding(
            "xfrm-policy-block",
            Location(node=place.node) if place.netns == HOST else location_of(place),
            f"no IPsec policy of {place.node} blocks {view.what()}",
            observed,
            change,
            (Proof("config", ref_of(place.node), observed),),
        ),
        repair.at(Place(place.node, place.netns), repair.without_xfrm(policy)),
        step=view.trace.last,
        backwards=view.backwards,
        itself=True,
    )
