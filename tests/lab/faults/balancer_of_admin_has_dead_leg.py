# SPDX-License-Identifier: GPL-3.0-or-later
"""An administrator's balancer in nft on node-1 shares connections between two pods, one of which is gone."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.cluster_changes import Gone
from podnet_lab.faults import Truth
from podnet_lab.made import Made

RULES = """
chain prerouting {
type nat hook prerouting priority dstnat - 5; policy accept;
ip daddr 192.0.2.11 tcp dport 8000 dnat to jhash ip saddr . tcp sport mod 2 map {
0 : 10.244.1.231, 1 : <web-2>
}:8080
}
"""
GOOD = Nft("node-1", "ip", RULES.replace("10.244.1.231", "<web-1>"), "balancer")


class FaultClass(Made):
    """An administrator's balancer in nft on node-1 shares connections between two pods, one of which is gone."""

    truth = Truth(
        id="redirect-target-missing",
        location={"node": "node-1"},
        source="host:outside",
        destination="node:node-1",
        port=8000,
    )
    modes = ("nftables",)
    attempts = 24
    lost = (3, 21)
    scene = (GOOD,)
    changes = (Gone(GOOD), Nft("node-1", "ip", RULES, "balancer"))
