# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops six of ten packets that node-1 has masqueraded, which node ports send to it."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 drops six of ten packets that node-1 has masqueraded, which node ports send to it."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-2"}, source="host:outside", destination="node:node-1", port=30080
    )
    modes = ("nftables",)
    traffic = Traffic("host:outside", "<node-1>", 30080, seconds=0.7)
    attempts = 40
    lost = (4, 32)
    changes = (
        nft_chain("node-2", "ip", "forward", "ip saddr 10.244.1.0 tcp dport 8080 numgen random mod 10 < 6 drop"),
    )
