# SPDX-License-Identifier: GPL-3.0-or-later
"""Hints keep the clients of one zone at an endpoint that serves nothing."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, pod, service

ZONE = "topology.kubernetes.io/zone"
HINTED = endpoints("near-1", "<idle-1>", "<web-1>")
for endpoint, zone, node in zip(HINTED["endpoints"], "ab", ("node-2", "node-1")):
    endpoint.update(hints={"forZones": [{"name": zone}]}, nodeName=node)


class FaultClass(Made):
    """Hints keep the clients of one zone at an endpoint that serves nothing."""

    truth = Truth(
        id="port-not-listening",
        also=("backend-unhealthy",),
        location={"namespace": "default", "pod": "idle-1"},
        destination="service:default/near-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    scene = (
        Objects((pod("idle-1", command=["sleep", "infinity"]),), ready=("idle-1",)),
        Patched("node node-1", {"metadata": {"labels": {ZONE: "b"}}}, {"metadata": {"labels": {ZONE: None}}}),
        Objects((service("near-1", app=None), HINTED)),
    )
    changes = (Patched("node node-1", {"metadata": {"labels": {ZONE: "a"}}}, {"metadata": {"labels": {ZONE: "b"}}}),)
    attempts = 10
