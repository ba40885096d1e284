# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Two machines between which the network carries nothing: packets leave one for the other, and none comes to it."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding, ref_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._inquiry._between import (
    Between,
    is_nic,
    lost_between,
    next_hops,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._inquiry._state import Inquiry
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import Tried
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._observed import INDEX
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._proof import capture_proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    LIKELY,
    PROVEN,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST


def nothing_between(inquiry: Inquiry) -> None:
    """Packets that leave one machine for another and never come to it, as nothing else does: pings are lost, too."""
    case = inquiry.case
    if inquiry.causes:
        return
    for one in inquiry.tried:
        between = lost_between(case, one, tunnelled=True) if one.arrives and one.doubtful == 0.0 else None
        ping = _no_ping(inquiry, between) if between is not None else None
        next_hop = _next_hop_of(case, one, between) if between is not None and ping is not None else None
        if between is None or ping is None or next_hop is None:
            continue
        seen = capture_proof(case.evidence, [one.probe], backwards=between.way == "reply")
        if seen is not None:
            proofs = (seen, *next_hop.proofs, *map(probe_proof, (one.probe, ping)))
            inquiry.add(_cut(between, next_hop, proofs))


def _no_ping(inquiry: Inquiry, between: Between) -> Probe | None:
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
        if rungs and own and lost_between(case, one, tunnelled=True) == between:
            return one.probe
    return None


def _lost_all(probe: Probe) -> bool:
    return not probe.result.get("received")


def _is_a_nodes(case: Case, address: str) -> bool:
    return any(place.netns == HOST for place in case.network.owners(address))


def _leaving(case: Case, probe: Probe, between: Between) -> t.Iterator[JsonObject]:
    """The packets of a probe, or their answers, as the NIC of the machine saw them that they left."""
    for _probe_id, packet in case.evidence.climbed(probe.id):
        for rung in packet.get("rungs") or []:
            if rung.get("direction") == between.way and rung.get("node") == between.left and is_nic(case, rung):
                yield rung


class _NextHop(t.NamedTuple):
    """Whom the frames left for. gateway: the router's address; None for the other machine itself."""

    gateway: str | None
    confidence: str
    proofs: tuple[Proof, ...] = ()


def _next_hop_of(case: Case, one: Tried, between: Between) -> _NextHop | None:
    """The other machine's own NIC, or a router that nobody here reads; None for anybody else's hardware address, a
    twin's or a wrong entry's. That it is the right router is seen where what comes from there comes by it, or where
    another machine knows it by the same hardware address."""
    macs = {rung.get("outer_dst_mac") or rung.get("dst_mac") for rung in _leaving(case, one.probe, between)}
    there = case.host(between.never)
    if macs and there is not None and macs <= {link.mac for link in there.links.values()}:
        return _NextHop(None, PROVEN)
    hops = next_hops(case, one.trip, between, tunnelled=True) if one.trip is not None else set()
    gateway = hops.pop()[1] if len(hops) == 1 else None
    known = {link.mac for node in case.evidence.nodes.values() for link in node.host.links.values()}
    if gateway is None or len(macs) != 1 or macs & known or case.network.owners(gateway):
        return None
    mac = str(macs.pop())
    shown = _comes_from(case, between, mac) or _known_elsewhere(case, between, gateway, mac)
    return _NextHop(gateway, PROVEN if shown is not None else LIKELY, (shown,) if shown is not None else ())


def _comes_from(case: Case, between: Between, mac: str) -> Proof | None:
    """Packets that came to this machine by the same router."""
    for probe_id, packet in case.evidence.climbed():
        for rung in packet.get("rungs") or []:
            back = rung.get("node") == between.left and rung.get("direction") != between.way and is_nic(case, rung)
            if back and rung.get("src_mac") == mac:
                text = f"packets from {rung.get('src')} came to {between.left} by {mac}, for which the others leave"
                return Proof("capture", f"{INDEX}#{probe_id}", text)
    return None


def _known_elsewhere(case: Case, between: Between, gateway: str, mac: str) -> Proof | None:
    for name, node in case.evidence.nodes.items():
        for entry in node.host.neighbours if name != between.left else ():
            if (entry.address, entry.mac) == (gateway, mac):
                return Proof("config", ref_of(name), f"{name}, too, knows {gateway} by {mac}")
    return None


def _cut(between: Between, next_hop: _NextHop, proofs: t.Sequence[Proof]) -> Cause:
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
