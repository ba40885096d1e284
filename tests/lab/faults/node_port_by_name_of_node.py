# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks a node port by the node's name, and node-2 drops what comes from the network for it."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A pod asks a node port by the node's name, and node-2 drops what comes from the network for it."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="node-2.lab.example", port=30080)
    modes = ("nftables",)
    changes = (nft_chain("node-2", "ip", "prerouting", 'iifname "eth0" tcp dport 30080 drop', "-300"),)
