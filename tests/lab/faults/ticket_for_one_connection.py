# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 lets each client in once: the first connection takes its address out of a set."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 lets each client in once: the first connection takes its address out of a set."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    lost = (2, 3)
    changes = (
        nft_chain(
            "node-2",
            "ip",
            "forward",
            """ip daddr <web-2> tcp dport 8080 ct state new ip saddr @tickets delete @tickets { ip saddr } accept
            ip daddr <web-2> tcp dport 8080 ct state new counter drop""",
            "-5",
            sets="set tickets {\ntype ipv4_addr\nflags dynamic,timeout\ntimeout 1h\nelements = { <client-1> }\n}",
        ),
    )
