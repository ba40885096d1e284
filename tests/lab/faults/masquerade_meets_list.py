# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 hides its pods behind its own address, which node-2 does not let in."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 hides its pods behind its own address, which node-2 does not let in."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Rule("node-1", "nat POSTROUTING -s <client-1>/32 -d <web-2>/32 -j MASQUERADE"),
        Rule("node-2", "filter FORWARD -d <web-2>/32 -s 10.244.1.0/32 -j DROP"),
    )
