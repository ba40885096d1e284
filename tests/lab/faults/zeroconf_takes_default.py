# SPDX-License-Identifier: GPL-3.0-or-later
"""A DHCP client of node-1 took a pod's device for a NIC, and its default route comes first."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A DHCP client of node-1 took a pod's device for a NIC, and its default route comes first."""

    truth = Truth(id="route-wrong", location={"node": "node-1"}, destination="host:outside", port=22)
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            """ip address add 169.254.66.7/16 dev <web-1.veth>
            ip route add default via 192.0.2.1 dev eth0 metric 205
            ip route add default dev <web-1.veth> scope link src 169.254.66.7 metric 204
            ip route del default via 192.0.2.1 dev eth0 metric 0""",
            """ip route add default via 192.0.2.1 dev eth0
            ip route del default dev <web-1.veth> metric 204
            ip route del default via 192.0.2.1 dev eth0 metric 205
            ip address del 169.254.66.7/16 dev <web-1.veth>""",
        ),
    )
