# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""A network between the nodes that carries the nodes' own packets, and not those of pods without a tunnel."""

from __future__ import annotations

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._inquiry._state import Inquiry
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import Tried
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._proof import capture_proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    PROVEN,
    Location,
    Proof,
    probe_proof,
)

_WAYS = ("forward", "reply")


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
        if any(_of_a_pod(case, sighting) for sighting in _there(flow, way, last)):
            return True
    return False


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
