# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 lets in who is in a set, and the client's entry has expired."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 lets in who is in a set, and the client's entry has expired."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        nft_chain(
            "node-2",
            "inet",
            "forward",
            "ip daddr <web-2> ct state new ip saddr != @allowed drop",
            "-5",
            sets="set allowed {\ntype ipv4_addr; flags timeout;\nelements = { <client-1> timeout 2s, 10.244.2.1 }\n}",
        ),
    )
