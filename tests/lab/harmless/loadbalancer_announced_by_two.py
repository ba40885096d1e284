# SPDX-License-Identifier: GPL-3.0-or-later
"""Two nodes announce a load balancer's address, and the router takes both."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run, Sysctl
from podnet_lab.cluster_changes import Assigned
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """Two nodes announce a load balancer's address, and the router takes both."""

    truth = Truth(id="", source="host:outside", destination="203.0.113.60", port=80)
    modes = ("iptables", "nftables")
    attempts = 10
    scene = (
        Objects((pod("edge-1"), service("edge-1", type="LoadBalancer")), ready=("edge-1",)),
        Assigned("edge-1", "203.0.113.60"),
        Run("fabric", "ip route add 203.0.113.60/32 via 192.0.2.11", "ip route del 203.0.113.60/32"),
    )
    changes = (
        Sysctl("fabric", "net/ipv4/fib_multipath_hash_policy", "1", "0"),
        Run(
            "fabric",
            "ip route replace 203.0.113.60/32 nexthop via 192.0.2.11 dev nodes nexthop via 192.0.2.12 dev nodes",
            "ip route replace 203.0.113.60/32 via 192.0.2.11",
        ),
    )
