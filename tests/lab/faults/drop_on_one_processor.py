# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops requests that its first processor handles."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops requests that its first processor handles."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    attempts = 40
    lost = (4, 38)
    changes = (nft_chain("node-2", "inet", "forward", "ip daddr <web-2> tcp dport 8080 meta cpu 0 drop"),)
