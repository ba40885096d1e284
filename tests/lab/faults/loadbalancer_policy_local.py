# SPDX-License-Identifier: GPL-3.0-or-later
"""A load balancer with policy Local is announced by a node that has none of its pods."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched, Run
from podnet_lab.cluster_changes import Assigned
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A load balancer with policy Local is announced by a node that has none of its pods."""

    truth = Truth(
        id="service-external-traffic-local",
        location={"namespace": "default", "service": "edge-1"},
        source="host:outside",
        destination="192.0.2.50",
        port=80,
    )
    modes = ("nftables", "host-gw")
    scene = (
        Objects((pod("edge-1"), service("edge-1", type="LoadBalancer")), ready=("edge-1",)),
        Assigned("edge-1", "192.0.2.50"),
        Run("node-1", "ip address add 192.0.2.50/32 dev lo", "ip address del 192.0.2.50/32 dev lo"),
    )
    changes = (
        Patched(
            "service edge-1",
            {"spec": {"externalTrafficPolicy": "Local"}},
            {"spec": {"externalTrafficPolicy": "Cluster"}},
        ),
    )
