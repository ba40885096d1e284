# SPDX-License-Identifier: GPL-3.0-or-later
"""LXD runs on both nodes too: its bridge without guests, and its rules."""

from __future__ import annotations

from podnet_lab.changes import Nft, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BRIDGE = """
ip link add lxdbr0 type bridge
ip address add 10.133.7.1/24 dev lxdbr0
ip link set lxdbr0 up
"""
RULES = """
chain pstrt.lxdbr0 {
type nat hook postrouting priority srcnat; policy accept;
ip saddr 10.133.7.0/24 ip daddr != 10.133.7.0/24 masquerade
}
chain fwd.lxdbr0 {
type filter hook forward priority filter; policy accept;
ip version 4 oifname "lxdbr0" accept
ip version 4 iifname "lxdbr0" accept
}
chain in.lxdbr0 {
type filter hook input priority filter; policy accept;
iifname "lxdbr0" tcp dport 53 accept
iifname "lxdbr0" udp dport { 53, 67 } accept
}
chain aclin {
type filter hook forward priority filter + 1; policy accept;
oifname "lxdbr0" jump acl.default
}
chain acl.default {
ct state { established, related } accept
reject
}
"""


class FaultClass(Made):
    """LXD runs on both nodes too: its bridge without guests, and its rules."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("nftables",)
    changes = tuple(
        change
        for node in ("node-1", "node-2")
        for change in (Run(node, BRIDGE, "ip link del lxdbr0"), Nft(node, "inet", RULES, "lxd"))
    )
