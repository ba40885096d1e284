# SPDX-License-Identifier: GPL-3.0-or-later
"""The router gives clients its own address, which the load balancer's source ranges do not hold."""

from __future__ import annotations

from podnet_lab.balancers import announced
from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The router gives clients its own address, which the load balancer's source ranges do not hold."""

    truth = Truth(
        id="loadbalancer-source-range",
        location={"namespace": "default", "service": "edge-1"},
        source="host:outside",
        destination="192.0.2.50",
        port=80,
    )
    modes = ("iptables", "nftables")
    scene = announced(loadBalancerSourceRanges=["198.51.100.0/24"])
    changes = (
        Nft(
            "fabric",
            "ip",
            "chain first {\ntype nat hook postrouting priority 100; policy accept;\n"
            "ip saddr 198.51.100.0/24 ip daddr 192.0.2.0/24 masquerade\n}",
        ),
    )
