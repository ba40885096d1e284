# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 lets 400 bytes pass to the server, and nothing after them."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 lets 400 bytes pass to the server, and nothing after them."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Rule("node-2", "filter FORWARD -d <web-2>/32 -j DROP"),
        Rule("node-2", "filter FORWARD -d <web-2>/32 -m quota --quota 400 -j ACCEPT"),
    )
