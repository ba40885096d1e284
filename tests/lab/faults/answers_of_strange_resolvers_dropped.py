# SPDX-License-Identifier: GPL-3.0-or-later
"""Against forged answers node-1 forwards those of the company's name servers only."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

RULES = """
set resolvers {
type ipv4_addr
elements = { 203.0.113.53, 10.96.0.10 }
}
chain forward {
type filter hook forward priority filter + 10; policy accept;
ct state established udp sport 53 ip saddr != @resolvers counter drop
}
"""


class FaultClass(Made):
    """Against forged answers node-1 forwards those of the company's name servers only."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-1"}, destination="web.default.svc.cluster.local", port=80
    )
    modes = ("nftables",)
    changes = (Nft("node-1", "inet", RULES, "resolvers"),)
