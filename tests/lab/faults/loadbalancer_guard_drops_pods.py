# SPDX-License-Identifier: GPL-3.0-or-later
"""A guard of node-1 lets only the nodes' network ask a load balancer's address, and pods are in another."""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule
from podnet_lab.cluster_changes import Assigned
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A guard of node-1 lets only the nodes' network ask a load balancer's address, and pods are in another."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="192.0.2.50", port=80)
    modes = ("nftables", "host-gw")
    scene = (
        Objects((pod("edge-1"), service("edge-1", type="LoadBalancer")), ready=("edge-1",)),
        Assigned("edge-1", "192.0.2.50"),
    )
    changes = (Rule("node-1", "mangle PREROUTING ! -s 192.0.2.0/24 -d 192.0.2.50/32 -j DROP"),)
