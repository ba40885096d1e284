# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops the connections whose id in tracking is odd."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops the connections whose id in tracking is odd."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    attempts = 24
    lost = (3, 22)
    changes = (nft_chain("node-2", "inet", "forward", "ip daddr <web-2> tcp dport 8080 ct id & 1 == 1 drop"),)
