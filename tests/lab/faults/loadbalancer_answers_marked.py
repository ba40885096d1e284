# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 marks what answers a load balancer's address, and the mark's table leads to the router."""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule, Run
from podnet_lab.cluster_changes import Assigned
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """node-1 marks what answers a load balancer's address, and the mark's table leads to the router."""

    truth = Truth(id="policy-route-diverts", location={"node": "node-1"}, destination="192.0.2.50", port=80)
    modes = ("iptables", "host-gw")
    scene = (
        Objects((pod("edge-1"), service("edge-1", type="LoadBalancer")), ready=("edge-1",)),
        Assigned("edge-1", "192.0.2.50"),
    )
    changes = (
        Rule(
            "node-1", "mangle PREROUTING -m conntrack --ctorigdst 192.0.2.50 --ctdir REPLY -j MARK --set-xmark 0x1/0x1"
        ),
        Run(
            "node-1",
            """ip route add default via 192.0.2.1 dev eth0 table 101
            ip rule add pref 1010 fwmark 0x1/0x1 lookup 101""",
            """ip rule del pref 1010
            ip route flush table 101""",
        ),
    )
