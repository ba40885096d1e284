# SPDX-License-Identifier: GPL-3.0-or-later
"""A load balancer's source ranges hold nobody, and its node port is asked, for which they say nothing."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.cluster_changes import Assigned
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A load balancer's source ranges hold nobody, and its node port is asked, for which they say nothing."""

    truth = Truth(id="", source="host:outside", destination="node:node-1", port=30101)
    modes = ("iptables", "nftables")
    scene = (
        Objects(
            (
                pod("edge-1"),
                service("edge-1", type="LoadBalancer", nodePort=30101, loadBalancerSourceRanges=["203.0.113.0/24"]),
            ),
            ready=("edge-1",),
        ),
        Assigned("edge-1", "192.0.2.50"),
    )
    changes = (Run("node-1", "true"),)
