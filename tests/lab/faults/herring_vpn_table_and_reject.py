# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's table of a VPN throws pods back to the main one, as it should; node-2 rejects the port."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1's table of a VPN throws pods back to the main one, as it should; node-2 rejects the port."""

    truth = Truth(id="netfilter-reject", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Run(
            "node-1",
            """ip tuntap add vpn0 mode tun
            ip link set vpn0 up
            ip route add throw 10.244.0.0/16 table 52
            ip route add throw 192.0.2.0/24 table 52
            ip route add 172.20.0.0/16 dev vpn0 table 52
            ip rule add pref 5270 lookup 52""",
            """ip rule del pref 5270
            ip route flush table 52
            ip link del vpn0""",
        ),
        Rule("node-2", "filter FORWARD -d <web-2>/32 -p tcp --dport 8080 -j REJECT --reject-with tcp-reset"),
    )
