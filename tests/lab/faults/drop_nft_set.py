# SPDX-License-Identifier: GPL-3.0-or-later
"""A named set with ranges in a native table of node-2 contains the client."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A named set with ranges in a native table of node-2 contains the client."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/client-2", protocol="icmp")
    modes = ("iptables", "nftables")
    changes = (
        nft_chain(
            "node-2",
            "inet",
            "forward",
            "ip saddr @blocked drop",
            sets="set blocked {\ntype ipv4_addr; flags interval;\nelements = { 10.244.1.0/25, 203.0.113.0/24 }\n}",
        ),
    )
