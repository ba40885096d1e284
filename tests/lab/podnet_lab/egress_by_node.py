# SPDX-License-Identifier: GPL-3.0-or-later
"""What client-1 sends out of the cluster leaves by node-3."""

from __future__ import annotations

from .changes import Rule, Run, Sysctl

BY_NODE_3 = (
    Sysctl("node-3", "net/ipv4/conf/all/send_redirects", "0", "1"),
    Sysctl("node-3", "net/ipv4/conf/eth0/send_redirects", "0", "1"),
    Run(
        "node-1",
        """ip route add default via 192.0.2.13 dev eth0 table 140
            ip rule add pref 140 from <client-1>/32 to 198.51.100.0/24 lookup 140""",
        "ip rule del pref 140\nip route flush table 140",
    ),
)
DROPPED_THERE = Rule("node-3", "filter FORWARD -i eth0 -o eth0 -j DROP")
