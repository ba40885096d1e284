# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 shares what leaves between two addresses, and has both."""

from __future__ import annotations

from podnet_lab.changes import Nft, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

RULES = """
chain postrouting {
type nat hook postrouting priority srcnat - 5; policy accept;
oifname "eth0" ip saddr 10.244.0.0/16 ip daddr != 10.244.0.0/16 snat to numgen inc mod 2 map {
0 : 192.0.2.11, 1 : 192.0.2.77
}
}
"""


class FaultClass(Made):
    """node-1 shares what leaves between two addresses, and has both."""

    truth = Truth(id="", destination="host:outside", port=22)
    modes = ("nftables",)
    changes = (
        Run("node-1", "ip address add 192.0.2.77/32 dev eth0", "ip address del 192.0.2.77/32 dev eth0"),
        Nft("node-1", "ip", RULES, "egress"),
    )
