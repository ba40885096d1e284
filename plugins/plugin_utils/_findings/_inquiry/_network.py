# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What the network between machines does not carry: pods' packets without a tunnel, or those of one port or sender."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._inquiry._state import Inquiry
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import Tried
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._proof import capture_proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    LIKELY,
    PROVEN,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Route
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Disposition
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._roundtrip import RoundTrip

_WAYS = ("forward", "reply")
# Codes of "destination unreachable" by which a filter says that it is one (RFC 792, RFC 1812).
_PROHIBITED = (9, 10, 13)
# Type and code of "network unreachable", by which a router says that it has no route (RFC 792; ip_error()).
_NET_UNREACHABLE = (3, 0)


class _Between(t.NamedTuple):
    """Where packets were seen last, where they never came to, and on which of the two ways."""

    left: str
    never: str
    way: str


def blocked_between(inquiry: Inquiry) -> None:
    """Packets that leave one machine's NIC and never come to the next one's, while pings of the same two ends pass: the
    way is there, and something on it takes these."""
    case = inquiry.case
    if inquiry.causes:
        return
    for one in inquiry.tried:
        beside = _passes_beside(case, one.probe) if one.arrives and one.doubtful == 0.0 else None
        between = _between(case, one) if beside is not None else None
        if beside is None or between is None or not _same_way(case, one, beside, between):
            continue
        seen = capture_proof(case.evidence, [one.probe], backwards=between.way == "reply")
        if seen is not None:
            inquiry.add(_blocked(between, (seen, *_said_so(case, one.probe), *map(probe_proof, (one.probe, beside)))))


def nothing_between(inquiry: Inquiry) -> None:
    """Packets that leave one machine for another and never come to it, as nothing else does: pings are lost, too."""
    case = inquiry.case
    if inquiry.causes:
        return
    for one in inquiry.tried:
        between = _between(case, one, tunnelled=True) if one.arrives and one.doubtful == 0.0 else None
        ping = _no_ping(inquiry, between) if between is not None else None
        next_hop = _next_hop_of(case, one, between) if between is not None and ping is not None else None
        if between is None or ping is None or next_hop is None:
            continue
        seen = capture_proof(case.evidence, [one.probe], backwards=between.way == "reply")
        if seen is not None:
            proofs = (seen, *next_hop.proofs, *map(probe_proof, (one.probe, ping)))
            inquiry.add(_cut(between, next_hop, proofs))


def _no_ping(inquiry: Inquiry, between: _Between) -> Probe | None:
    """A ping of which nothing came back: from one of the two machines to the other, or one that was lost between them
    with their own addresses."""
    case = inquiry.case
    for probe in case.evidence.failed("node-ping", "ping"):
        ends = {probe.node, *(place.node for place in case.network.owners(str(probe.request.get("target"))))}
        if probe.request.get("netns") == HOST and ends == {between.left, between.never} and _lost_all(probe):
            return probe
    pings = [one for one in inquiry.tried if one.probe.request.get("kind") == "icmp" and _lost_all(one.probe)]
    for one in pings:
        rungs = list(_leaving(case, one.probe, between))
        own = all(_is_a_nodes(case, str(rung.get(key))) for rung in rungs for key in ("src", "dst"))
        if rungs and own and _between(case, one, tunnelled=True) == between:
            return one.probe
    return None


def _lost_all(probe: Probe) -> bool:
    return not probe.result.get("received")


def _is_a_nodes(case: Case, address: str) -> bool:
    return any(place.netns == HOST for place in case.network.owners(address))


def _leaving(case: Case, probe: Probe, between: _Between) -> t.Iterator[JsonObject]:
    """The packets of a probe, or their answers, as the NIC of the machine saw them that they left."""
    for _probe_id, packet in case.evidence.climbed(probe.id):
        for rung in packet.get("rungs") or []:
            if rung.get("direction") == between.way and rung.get("node") == between.left and _is_nic(case, rung):
                yield rung


class _NextHop(t.NamedTuple):
    """Whom the frames left for. gateway: the router's address; None for the other machine itself."""

    gateway: str | None
    confidence: str
    proofs: tuple[Proof, ...] = ()


def _next_hop_of(case: Case, one: Tried, between: _Between) -> _NextHop | None:
    """The other machine's own NIC, or a router that nobody here reads; None for anybody else's hardware address, a
    twin's or a wrong entry's. That it is the right router is seen where what comes from there comes by it, or where
    another machine knows it by the same hardware address."""
    macs = {rung.get("outer_dst_mac") or rung.get("dst_mac") for rung in _leaving(case, one.probe, between)}
    there = case.host(between.never)
    if macs and there is not None and macs <= {link.mac for link in there.links.values()}:
        return _NextHop(None, PROVEN)
    hops = _next_hops(case, one.trip, between, tunnelled=True) if one.trip is not None else set()
    gateway = hops.pop()[1] if len(hops) == 1 else None
    known = {link.mac for node in case.evidence.nodes.values() for link in node.host.links.values()}
    if gateway is None or len(macs) != 1 or macs & known or case.network.owners(gateway):
        return None
    mac = str(macs.pop())
    shown = _comes_from(case, between, mac) or _known_elsewhere(case, between, gateway, mac)
    return _NextHop(gateway, PROVEN if shown is not None else LIKELY, (shown,) if shown is not None else ())


def _comes_from(case: Case, between: _Between, mac: str) -> Proof | None:
    """Packets that came to this machine by the same router."""
    for probe_id, packet in case.evidence.climbed():
        for rung in packet.get("rungs") or []:
            back = rung.get("node") == between.left and rung.get("direction") != between.way and _is_nic(case, rung)
            if back and rung.get("src_mac") == mac:
                text = f"packets from {rung.get('src')} came to {between.left} by {mac}, for which the others leave"
                return Proof("capture", f"captures/index.json#{probe_id}", text)
    return None


def _known_elsewhere(case: Case, between: _Between, gateway: str, mac: str) -> Proof | None:
    for name, node in case.evidence.nodes.items():
        for entry in node.host.neighbours if name != between.left else ():
            if (entry.address, entry.mac) == (gateway, mac):
                return Proof("config", f"nodes/{name}.json.gz", f"{name}, too, knows {gateway} by {mac}")
    return None


def _passes_beside(case: Case, probe: Probe) -> Probe | None:
    """A ping from the same namespace to where a probe of a port was sent, which was answered each time; None where that
    port was answered even once: what takes a share of the flows is no filter of theirs."""
    request, evidence = probe.request, case.evidence
    if request.get("kind") not in ("tcp", "udp", "http", "connections") or request.get("port") is None:
        return None
    ends = {str(request.get("target")), str(probe.result.get("address"))}
    ends |= {str(flow.get("destination")) for flow in evidence.flows(probe.id)}
    # A reset ends a trace as an answer does, whoever sent it.
    looks = ("marker", "trace") if probe.outcome == "refused" else ("marker",)
    for one in evidence.probes:
        if one.node != probe.node or one.request.get("netns") != request.get("netns") or not _same_end(one, ends):
            continue
        answered = one.request.get("kind") not in looks and (one.status == "pass" or one.result.get("received"))
        if answered and one.request.get("port") == request.get("port"):
            return None
    pings = [
        one
        for one in evidence.passed("ping")
        if one.node == probe.node and one.request.get("netns") == request.get("netns") and _same_end(one, ends)
    ]
    return next((one for one in pings if one.result.get("sent") == one.result.get("received")), None)


def _same_end(probe: Probe, ends: t.Container[str]) -> bool:
    return str(probe.request.get("target")) in ends or str(probe.result.get("address")) in ends


def _between(case: Case, one: Tried, tunnelled: bool = False) -> _Between | None:
    """The two machines between whose NICs the packets of a probe were lost, all of them; tunnelled: or their tunnel."""
    found = set()
    for flow in case.evidence.flows(one.probe.id):
        for way in _WAYS:
            last, missing = flow.get(f"last_{way}") or {}, flow.get(f"missing_{way}") or {}
            if not flow.get("lossless") or flow.get("ambiguous") or not last or not missing:
                continue
            left, never = str(last.get("node")), str(missing.get("node"))
            at_nics = all(_is_nic(case, point) for point in (last, missing))
            plain = tunnelled or not any(_tunnelled_to(case, never, sighting) for sighting in _there(flow, way, last))
            found.add(_Between(left, never, way) if left != never and at_nics and plain else None)
    return found.pop() if len(found) == 1 else None


def _same_way(case: Case, one: Tried, beside: Probe, between: _Between) -> bool:
    """Whether both leave that machine for the same next hop: another one may lead nowhere."""
    trips = (one.trip, case.trip(beside))
    ways = [_next_hops(case, trip, between) for trip in trips if trip is not None]
    return len(ways) == len(trips) and ways[0] == ways[1] and len(ways[0]) == 1


def _next_hops(
    case: Case, trip: RoundTrip, between: _Between, tunnelled: bool = False
) -> set[tuple[str | None, str | None]]:
    """The devices and gateways by which packets leave a machine for the network; tunnelled: in a tunnel, too."""
    found = set[tuple[str | None, str | None]]()
    for way in trip.ways:
        half = way.back if between.way == "reply" else way.forward
        for hop in half.hops if half is not None else ():
            if hop.node != between.left or not _is_nic(case, {"node": hop.node, "device": hop.oif}):
                continue
            if hop.netns == HOST and (tunnelled or not hop.after.tunnelled):
                routes = [step.decided for step in hop.steps if isinstance(step.decided, Route)]
                found.update((route.dev, route.gateway) for route in routes[-1:])
    return found


def _tunnelled_to(case: Case, node: str, sighting: JsonObject) -> bool:
    outer = str((sighting.get("outer") or {}).get("dst") or "")
    return bool(outer) and any(owner.node == node for owner in case.network.owners(outer))


def _is_nic(case: Case, point: JsonObject) -> bool:
    node, device = str(point.get("node")), point.get("device")
    return any(place.device == device for place in case.network.uplinks_of(node, HOST))


def _said_so(case: Case, probe: Probe) -> list[Proof]:
    """The filter's own word: an error of one that nobody here reads."""
    for error in probe.data.get("icmp_errors") or []:
        sender = str(error.get("from")) if isinstance(error, dict) else ""
        if sender and error.get("code") in _PROHIBITED and not case.network.owners(sender):
            return [Proof("probe", probe.id, f"{sender}, which was not read, says: {error.get('text')}")]
    return []


def _blocked(between: _Between, proofs: t.Sequence[Proof]) -> Cause:
    what = "answers" if between.way == "reply" else "packets"
    return Cause(
        finding(
            "network-blocked",
            Location(),
            f"the network between {between.left} and {between.never} carries what was asked for",
            f"the {what} leave {between.left} and never come to {between.never}, while pings of the same two ends pass",
            f"Look at what filters between {between.left} and {between.never}: security groups and network ACLs of the"
            " cloud (those without state want a rule for the answers, too), firewalls, routers, the hypervisor.",
            proofs,
            confidence=PROVEN,
        ),
        itself=True,
    )


def _cut(between: _Between, next_hop: _NextHop, proofs: t.Sequence[Proof]) -> Cause:
    what = "answers" if between.way == "reply" else "packets"
    if next_hop.gateway is None:
        leave = f"the NIC of {between.never}"
        look = (
            f"Look at what is between {between.left} and {between.never}: a switch that keeps their ports apart or in"
            " different VLANs, the cables, security groups and network ACLs of the cloud, the hypervisor; and whether"
            f" another machine has the hardware address of {between.never}."
        )
    else:
        leave = f"the router {next_hop.gateway}"
        look = (
            f"Look at {next_hop.gateway} and what is behind it: its firewall, its route to {between.never}, network"
            " ACLs of the cloud in both directions."
        )
    return Cause(
        finding(
            "network-blocked",
            Location(),
            f"the network carries packets from {between.left} to {between.never}",
            f"the {what} leave {between.left} for {leave} and never come to {between.never}, and pings between the two"
            " machines are lost, too",
            look,
            proofs,
            confidence=next_hop.confidence,
            heading="The network between two machines carries nothing",
        ),
        itself=next_hop.confidence == PROVEN,
    )


def unrouted(inquiry: Inquiry) -> None:
    """A router that nobody here reads says that it has no way to where a packet is for: there is the gap, whatever else
    is right."""
    case = inquiry.case
    if inquiry.causes:
        return
    for one in inquiry.tried:
        told = _no_route_said(case, one)
        if told is not None:
            inquiry.add(_unrouted(case, one.probe, *told))
            return


def _no_route_said(case: Case, one: Tried) -> tuple[str, str] | None:
    """Who says so, and of which address; None where no way of this probe's packet leaves what was read."""
    ways = one.trip.ways if one.trip is not None else ()
    left = [way.forward for way in ways if way.forward.disposition is Disposition.LEFT_THE_CLUSTER]
    if not left or not left[0].hops:
        return None
    dst = left[0].hops[-1].after.dst
    for error in one.probe.data.get("icmp_errors") or []:
        sender = str(error.get("from")) if isinstance(error, dict) else ""
        if sender and (error.get("type"), error.get("code")) == _NET_UNREACHABLE and not case.network.owners(sender):
            return sender, dst
    return None


def _unrouted(case: Case, probe: Probe, router: str, dst: str) -> Cause:
    spec = (case.index.service_by_address(dst) or {}).get("spec") or {}
    service = dst in (spec.get("clusterIPs") or [spec.get("clusterIP")])
    owner = "Services' addresses" if service else "pods' addresses"
    known = service or case.pods.is_pod_address(dst)
    inside = f"; {owner} are known to the nodes of the cluster" if known else ""
    instead = (
        "Ask for what is known outside the cluster: a load balancer, an Ingress or a node port; or let"
        f" {router} send {dst} to a node."
    )
    return Cause(
        finding(
            "route-missing",
            Location(),
            f"{router}, a router that was not read, has a route to {dst}",
            f"{router} says that the network of {dst} is unreachable{inside}",
            instead if inside else f"Look at the routes of {router}, or at why it gives this answer.",
            (Proof("probe", probe.id, f"{router} answers {dst}: network unreachable"), probe_proof(probe)),
            # Filters may say the same.
            confidence=LIKELY,
            heading="A router says that it has no route",
        ),
        itself=True,
    )


def pods_on_the_network(inquiry: Inquiry) -> None:
    """Packets with pods' addresses that leave one node's NIC and never come to the other's, pings too, though the nodes
    reach one another. One port alone would be a firewall's."""
    case = inquiry.case
    pings = case.evidence.passed("node-ping")
    if inquiry.causes or not pings:
        return
    lost = [
        (one, way) for one in inquiry.tried if one.arrives for way in _WAYS if _lost_with_pod_address(case, one, way)
    ]
    kinds = {one.probe.request.get("kind") for one, _way in lost}
    if "icmp" not in kinds:
        return
    seen = [
        proof for one, way in lost if (proof := capture_proof(case.evidence, [one.probe], backwards=way == "reply"))
    ]
    if not seen:
        return
    nodes = " and ".join(sorted({str(end) for one, way in lost for end in _ends(case, one, way)}))
    inquiry.add(
        Cause(
            finding(
                "pod-addresses-blocked",
                Location(),
                f"the network between {nodes} carries packets with pods' addresses, as the CNI sends them",
                "packets with pods' addresses leave one node and never come to the other, while pings between the nodes"
                " pass",
                "Let the network carry pods' addresses: switch off the check of source and destination of these"
                " machines (AWS; canIpForward of Google Cloud), add the pod network to the allowed address pairs of"
                " their ports (OpenStack), tell its routers and firewalls; or let the CNI tunnel (flannel: backend"
                " vxlan).",
                (*_both(seen), *map(probe_proof, (lost[0][0].probe, pings[0]))),
                confidence=PROVEN,
            ),
            itself=True,
        )
    )


def _both(seen: list[Proof]) -> list[Proof]:
    return list(dict.fromkeys(seen))[:2]


def _lost_with_pod_address(case: Case, one: Tried, way: str) -> bool:
    """Whether a probe's packets were seen last on one node's NIC with a pod's address and no tunnel, and not on the
    next node's."""
    for flow in case.evidence.flows(one.probe.id):
        last, missing = flow.get(f"last_{way}") or {}, flow.get(f"missing_{way}") or {}
        ends = (last.get("node"), missing.get("node"))
        if not flow.get("lossless") or flow.get("ambiguous") or None in ends or ends[0] == ends[1]:
            continue
        if case.pods.backend(str(ends[0])) == "vxlan":
            # They ought to be in a tunnel.
            continue
        if (last.get("device"), missing.get("device")) != (case.nic(ends[0]), case.nic(ends[1])):
            continue
        if _followed(one, way, str(ends[0])) and any(_of_a_pod(case, each) for each in _there(flow, way, last)):
            return True
    return False


def _followed(one: Tried, way: str, node: str) -> bool:
    """Whether the simulation goes by that node, so that it would have met what is wrong there."""
    halves = [each.back if way == "reply" else each.forward for each in (one.trip.ways if one.trip is not None else ())]
    return bool(halves) and all(half and any(hop.node == node for hop in half.hops) for half in halves)


def _there(flow: JsonObject, way: str, point: JsonObject) -> list[JsonObject]:
    return [
        one
        for one in flow.get("sightings") or []
        if one.get("direction") == way and all(one.get(key) == point.get(key) for key in ("node", "netns", "device"))
    ]


def _of_a_pod(case: Case, sighting: JsonObject) -> bool:
    addresses = (str(sighting.get("src") or ""), str(sighting.get("dst") or ""))
    return not sighting.get("outer") and any(case.pods.is_pod_address(one) for one in addresses if one)


def _ends(case: Case, one: Tried, way: str) -> list[str]:
    return [
        str(point.get("node"))
        for flow in case.evidence.flows(one.probe.id)
        for point in (flow.get(f"last_{way}") or {}, flow.get(f"missing_{way}") or {})
        if point.get("node")
    ]
