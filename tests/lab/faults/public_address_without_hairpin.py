# SPDX-License-Identifier: GPL-3.0-or-later
"""A router leads its public address to a node port only for those who come from outside, and a pod asks it.

Public report: cert-manager/cert-manager#663, #863.
"""

from __future__ import annotations

from podnet_lab.changes import Nft, Run
from podnet_lab.cluster_changes import Gone
from podnet_lab.faults import Truth
from podnet_lab.made import Made


def leading(where: str, more: str = "") -> str:
    """A chain that translates the public address for those who come from there."""
    to = "tcp dport 80 dnat to 192.0.2.12:30080"
    head = "type nat hook prerouting priority dstnat; policy accept;"
    return f"chain prerouting {{\n{head}\niifname {where} ip daddr 203.0.113.80 {to}\n}}\n{more}"


BACK = "chain postrouting {\ntype nat hook postrouting priority srcnat; policy accept;\nct status dnat masquerade\n}"


class FaultClass(Made):
    """A router leads its public address to a node port only for those who come from outside, and a pod asks it."""

    truth = Truth(
        id="network-blocked",
        # The router has the address and no program for it: what it says is as true as why.
        also=("port-not-listening",),
        destination="203.0.113.80",
        port=80,
    )
    modes = ("iptables", "nftables")
    scene = (
        Run("fabric", "ip address add 203.0.113.80/32 dev lo", "ip address del 203.0.113.80/32 dev lo"),
        Nft("fabric", "ip", leading('"outside"'), "published"),
        Nft("fabric", "ip", leading('"nodes"', BACK), "hairpin"),
    )
    changes = (Gone(Nft("fabric", "ip", leading('"nodes"', BACK), "hairpin")),)
