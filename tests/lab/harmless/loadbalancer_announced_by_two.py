# SPDX-License-Identifier: GPL-3.0-or-later
"""Two nodes announce a load balancer's address, and the router takes both."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run, nft_chain
from podnet_lab.cluster_changes import Assigned
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """Two nodes announce a load balancer's address, and the router takes both."""

    truth = Truth(id="", source="host:outside", destination="203.0.113.60", port=80)
    modes = ("iptables", "nftables")
    attempts = 10
    traffic = Traffic("host:outside", "203.0.113.60", 80, seconds=3.0)
    scene = (
        Objects((pod("edge-1"), service("edge-1", type="LoadBalancer")), ready=("edge-1",)),
        Assigned("edge-1", "203.0.113.60"),
        Run(
            "fabric",
            """ip route add 203.0.113.60/32 via 192.0.2.12
            ip route add 203.0.113.60/32 via 192.0.2.11 dev nodes table 60
            ip rule add pref 60 fwmark 0x60 lookup 60""",
            """ip rule del pref 60
            ip route flush table 60
            ip route del 203.0.113.60/32""",
        ),
    )
    changes = (
        nft_chain("fabric", "ip", "prerouting", "ip daddr 203.0.113.60 tcp sport & 2 == 2 meta mark set 0x60", "-150"),
    )
