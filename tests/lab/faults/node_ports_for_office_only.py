# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 lets only the office's networks to its node ports, and the office has another one now."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

RULES = """
set office {
type ipv4_addr
flags interval
elements = { 198.51.100.64/26, 203.0.113.128/25 }
}
chain node-ports {
type filter hook prerouting priority raw; policy accept;
iifname "eth0" tcp dport 30000-32767 ip saddr != @office counter drop
}
"""


class FaultClass(Made):
    """node-1 lets only the office's networks to its node ports, and the office has another one now."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-1"}, source="host:outside", destination="node:node-1", port=30080
    )
    modes = ("nftables",)
    changes = (Nft("node-1", "inet", RULES, "edge"),)
