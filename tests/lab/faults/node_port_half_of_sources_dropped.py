# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops connections to a node port from half of the source ports."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops connections to a node port from half of the source ports."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-1"}, source="host:outside", destination="node:node-1", port=30080
    )
    attempts = 30
    lost = (5, 25)
    changes = (nft_chain("node-1", "ip", "prerouting", "tcp dport 30080 tcp sport & 4 == 4 counter drop", "-310"),)
