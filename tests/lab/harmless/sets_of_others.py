# SPDX-License-Identifier: GPL-3.0-or-later
"""An ipset and a named set with other addresses, both of which drop."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """An ipset and a named set with other addresses, both of which drop."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Run("node-2", "ipset create blocked hash:net\nipset add blocked 203.0.113.0/24", "ipset destroy blocked"),
        Rule("node-2", "filter FORWARD -m set --match-set blocked src -j DROP"),
        nft_chain(
            "node-2",
            "inet",
            "forward",
            "ip saddr @others drop",
            sets="set others {\ntype ipv4_addr; flags interval;\nelements = { 10.244.1.128/25, 198.18.0.0/15 }\n}",
        ),
    )
