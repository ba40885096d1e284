# SPDX-License-Identifier: GPL-3.0-or-later
"""A native table of node-1 drops what leaves, after source addresses were translated."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A native table of node-1 drops what leaves, after source addresses were translated."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (nft_chain("node-1", "ip", "postrouting", "ip daddr <web-2> counter drop", "150"),)
