# SPDX-License-Identifier: GPL-3.0-or-later
"""fail2ban bans others on both nodes, and its lists are long."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

OTHERS = ", ".join(f"203.0.113.{number}" for number in range(1, 120, 3))
RULES = f"""
set addr-set-sshd {{
type ipv4_addr
elements = {{ {OTHERS} }}
}}
chain f2b-chain {{
type filter hook input priority filter - 1; policy accept;
tcp dport 22 ip saddr @addr-set-sshd reject with icmp port-unreachable
tcp dport 0-65535 ip saddr @addr-set-sshd drop
}}
"""


class FaultClass(Made):
    """fail2ban bans others on both nodes, and its lists are long."""

    truth = Truth(id="", destination="node:node-2", port=10250)
    modes = ("nftables",)
    changes = tuple(Nft(node, "inet", RULES, "f2b-table") for node in ("node-1", "node-2"))
