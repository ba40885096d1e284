# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 sends what pods say to the outside to an egress gateway that is gone, answers of node ports too."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """node-1 sends what pods say to the outside to an egress gateway that is gone, answers of node ports too."""

    truth = Truth(
        id="policy-route-diverts",
        location={"node": "node-1"},
        source="host:outside",
        destination="node:node-1",
        port=30103,
    )
    modes = ("iptables", "nftables")
    scene = (Objects((pod("far-1"), service("far-1", type="NodePort", nodePort=30103)), ready=("far-1",)),)
    changes = (
        Run(
            "node-1",
            """
            ip route add default via 192.0.2.250 dev eth0 table 210
            ip rule add pref 910 from 10.244.0.0/16 to 198.51.100.0/24 lookup 210
            """,
            "ip rule del pref 910\nip route flush table 210",
        ),
    )
