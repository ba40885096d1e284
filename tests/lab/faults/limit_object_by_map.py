# SPDX-License-Identifier: GPL-3.0-or-later
"""A map of node-2 leads one client to a limit of one packet an hour."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A map of node-2 leads one client to a limit of one packet an hour."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2"},
        also=("connection-limit",),
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    lost = (2, 3)
    changes = (
        nft_chain(
            "node-2",
            "ip",
            "forward",
            "ip daddr <web-2> tcp flags syn limit name ip saddr map @classes drop",
            "-5",
            sets="limit slow {\nrate over 1/hour burst 1 packets\n}\n"
            'map classes {\ntype ipv4_addr : limit\nelements = { <client-1> : "slow" }\n}',
        ),
    )
