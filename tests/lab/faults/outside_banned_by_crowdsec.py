# SPDX-License-Identifier: GPL-3.0-or-later
"""CrowdSec of node-1 has the clients' address on its list, and drops it where it comes in and is forwarded."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

RULES = """
set crowdsec-blacklists {
type ipv4_addr
flags timeout
elements = { 203.0.113.66 timeout 4h, 198.51.100.10 timeout 4h }
}
chain crowdsec-chain-input {
type filter hook input priority filter - 10; policy accept;
ip saddr @crowdsec-blacklists counter drop
}
chain crowdsec-chain-forward {
type filter hook forward priority filter - 10; policy accept;
ip saddr @crowdsec-blacklists counter drop
}
"""


class FaultClass(Made):
    """CrowdSec of node-1 has the clients' address on its list, and drops it where it comes in and is forwarded."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-1"}, source="host:outside", destination="node:node-1", port=30080
    )
    modes = ("nftables",)
    changes = (Nft("node-1", "ip", RULES, "crowdsec"),)
