# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 gives each pod an address of its own for the outside, and one of its map went back to the provider."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

RULES = """
map egress {
type ipv4_addr : ipv4_addr
elements = { 10.244.1.250 : 192.0.2.11, <client-1> : 192.0.2.77 }
}
chain postrouting {
type nat hook postrouting priority srcnat - 5; policy accept;
oifname "eth0" ip daddr != 10.244.0.0/16 snat to ip saddr map @egress
}
"""


class FaultClass(Made):
    """node-1 gives each pod an address of its own for the outside, and one of its map went back to the provider."""

    truth = Truth(id="snat-wrong", location={"node": "node-1"}, destination="host:outside", port=22)
    modes = ("nftables",)
    changes = (Nft("node-1", "ip", RULES, "egress"),)
