# SPDX-License-Identifier: GPL-3.0-or-later
"""fail2ban of node-2 has banned node-1, behind whose address all its pods knocked."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

RULES = """
set addr-set-recidive {
type ipv4_addr
elements = { 203.0.113.9, 192.0.2.11 }
}
chain f2b-chain {
type filter hook input priority filter - 1; policy accept;
tcp dport 0-65535 ip saddr @addr-set-recidive reject with icmp port-unreachable
}
"""


class FaultClass(Made):
    """fail2ban of node-2 has banned node-1, behind whose address all its pods knocked."""

    truth = Truth(id="netfilter-reject", location={"node": "node-2"}, destination="node:node-2", port=10250)
    modes = ("nftables", "iptables")
    changes = (Nft("node-2", "inet", RULES, "f2b-table"),)
