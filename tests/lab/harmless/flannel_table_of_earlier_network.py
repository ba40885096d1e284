# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel's tables for nft are left from an earlier cluster, whose pods were in another network."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BODY = """
chain postrtg {
type nat hook postrouting priority srcnat; policy accept;
meta mark 0x4000 return
ip saddr 10.42.1.0/24 ip daddr 10.42.0.0/16 return
ip saddr 10.42.0.0/16 ip daddr 10.42.1.0/24 return
ip saddr != 10.42.1.0/24 ip daddr 10.42.0.0/16 return
ip saddr 10.42.0.0/16 ip daddr != 224.0.0.0/4 masquerade fully-random
ip saddr != 10.42.0.0/16 ip daddr 10.42.0.0/16 masquerade fully-random
}
chain forward {
type filter hook forward priority filter; policy accept;
ip saddr 10.42.0.0/16 accept
ip daddr 10.42.0.0/16 accept
}
"""


class FaultClass(Made):
    """flannel's tables for nft are left from an earlier cluster, whose pods were in another network."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("iptables", "nftables")
    changes = tuple(Nft(node, "ip", BODY, "flannel-ipv4") for node in ("node-1", "node-2"))
