# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 writes into packets for a pod that more of them is to come, which the other node awaits in vain."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 writes into packets for a pod that more of them is to come, which the other node awaits in vain."""

    truth = Truth(id="packet-rewritten", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (
        nft_chain("node-1", "ip", "postrouting", "ip daddr <web-2> tcp dport 8080 ip frag-off set 0x2000", "300"),
    )
