# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks another node's node port, and that node takes none from node-1."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A pod asks another node's node port, and that node takes none from node-1."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="node:node-2", port=30080)
    modes = ("nftables",)
    changes = (
        nft_chain(
            "node-2", "inet", "prerouting", 'iifname "eth0" ip saddr 192.0.2.11 tcp dport 30080 counter drop', "raw"
        ),
    )
