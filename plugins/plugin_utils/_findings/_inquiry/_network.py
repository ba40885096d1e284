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
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._inquiry._between import (
    WAYS,
    Between,
    lost_between,
    next_hops,
    sightings_at,
)
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
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Disposition

# Codes of "destination unreachable" by which a filter says that it is one (RFC 792, RFC 1812).
_PROHIBITED = (9, 10, 13)
# Type and code of "network unreachable", by which a router says that it has no route (RFC 792; ip_error()).
_NET_UNREACHABLE = (3, 0)


def blocked_between(inquiry: Inquiry) -> None:
    """Packets that leave one machine's NIC and never come to the next one's, while pings of the same two ends pass: the
    way is there, and something on it takes these."""
    case = inquiry.case
    if inquiry.causes:
        return
    for one in inquiry.tried:
        beside = _passes_beside(case, one.probe) if one.arrives and one.doubtful == 0.0 else None
        between = lost_between(case, one) if beside is not None else None
        if beside is None or between is None or not _same_way(case, one, beside, between):
            continue
        seen = capture_proof(case.evidence, [one.probe], backwards=between.way == "reply")
        if seen is not None:
            inquiry.add(_blocked(between, (seen, *_said_so(case, one.probe), *map(probe_proof, (one.probe, beside)))))


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


def _same_way(case: Case, one: Tried, beside: Probe, between: Between) -> bool:
    """Whether both leave that machine for the same next hop: another one may lead nowhere."""
    trips = (one.trip, case.trip(beside))
    ways = [next_hops(case, trip, between) for trip in trips if trip is not None]
    return len(ways) == len(trips) and ways[0] == ways[1] and len(ways[0]) == 1


def _said_so(case: Case, probe: Probe) -> list[Proof]:
    """The filter's own word: an error of one that nobody here reads."""
    for error in probe.data.get("icmp_errors") or []:
        sender = str(error.get("from")) if isinstance(error, dict) else ""
        if sender and error.get("code") in _PROHIBITED and not case.network.owners(sender):
            return [Proof("probe", probe.id, f"{sender}, which was not read, says: {error.get('text')}")]
    return []


def _blocked(between: Between, proofs: t.Sequence[Proof]) -> Cause:
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
        (one, way) for one in inquiry.tried if one.arrives for way in WAYS if _lost_with_pod_address(case, one, way)
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
        if _followed(one, way, str(ends[0])) and any(_of_a_pod(case, each) for each in sightings_at(flow, way, last)):
            return True
    return False


def _followed(one: Tried, way: str, node: str) -> bool:
    """Whether the simulation goes by that node, so that it would have met what is wrong there."""
    halves = [each.back if way == "reply" else each.forward for each in (one.trip.ways if one.trip is not None else ())]
    return bool(halves) and all(half and any(hop.node == node for hop in half.hops) for half in halves)


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
