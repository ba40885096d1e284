# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of node-1 let its pods out, and forget that answers come back."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

RULES = """
chain forward {
type filter hook forward priority filter; policy drop;
iifname "cni0" oifname { "eth0", "flannel.1", "cni0" } ct state new,established accept
iifname { "eth0", "flannel.1" } oifname "cni0" tcp dport { 80, 443, 8080 } accept
}
"""


class FaultClass(Made):
    """The rules of node-1 let its pods out, and forget that answers come back."""

    truth = Truth(
        id="forward-policy-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables",)
    changes = (Nft("node-1", "inet", RULES, "filter"),)
