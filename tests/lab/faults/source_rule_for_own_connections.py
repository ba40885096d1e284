# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 routes by its own address, and that table does not know the pods: its own connections go to the router."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 routes by its own address, and that table does not know the pods: its own connections go to the router."""

    truth = Truth(
        id="policy-route-diverts",
        location={"node": "node-1"},
        source="node:node-1",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("host-gw",)
    changes = (
        Run(
            "node-1",
            "ip route add 192.0.2.0/24 dev eth0 table 101\nip route add default via 192.0.2.1 dev eth0 table 101\n"
            "ip rule add pref 1000 from 192.0.2.11 lookup 101\nip address add 192.0.2.77/24 dev eth0",
            "ip rule del pref 1000\nip route flush table 101\nip address del 192.0.2.77/24 dev eth0",
        ),
        Rule("node-2", "filter FORWARD -p tcp --dport 8081 -j REJECT"),
    )
