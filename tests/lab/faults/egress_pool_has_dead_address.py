# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 shares what leaves between two addresses, and one of them is not its own any more."""

from __future__ import annotations

from podnet_lab.changes import Nft
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
    """node-1 shares what leaves between two addresses, and one of them is not its own any more."""

    truth = Truth(id="snat-wrong", location={"node": "node-1"}, destination="host:outside", port=22)
    modes = ("nftables",)
    attempts = 24
    lost = (3, 21)
    changes = (Nft("node-1", "ip", RULES, "egress"),)
