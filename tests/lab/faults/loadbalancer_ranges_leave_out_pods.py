# SPDX-License-Identifier: GPL-3.0-or-later
"""A load balancer's source ranges hold its clients outside, and a pod asks its address."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched, Run
from podnet_lab.cluster_changes import Assigned
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A load balancer's source ranges hold its clients outside, and a pod asks its address."""

    truth = Truth(
        id="loadbalancer-source-range",
        location={"namespace": "default", "service": "edge-1"},
        destination="192.0.2.50",
        port=80,
    )
    modes = ("iptables", "nftables")
    scene = (
        Objects((pod("edge-1"), service("edge-1", type="LoadBalancer")), ready=("edge-1",)),
        Assigned("edge-1", "192.0.2.50"),
        Run("node-1", "ip address add 192.0.2.50/32 dev lo", "ip address del 192.0.2.50/32 dev lo"),
    )
    changes = (
        Patched(
            "service edge-1",
            {"spec": {"loadBalancerSourceRanges": ["198.51.100.0/24"]}},
            {"spec": {"loadBalancerSourceRanges": None}},
        ),
    )
