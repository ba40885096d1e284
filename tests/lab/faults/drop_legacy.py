# SPDX-License-Identifier: GPL-3.0-or-later
"""iptables-legacy of node-2 still has a rule that iptables does not show."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """iptables-legacy of node-2 still has a rule that iptables does not show."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (Rule("node-2", "filter FORWARD -d <web-2>/32 -p tcp --dport 8080 -j DROP", legacy=True),)
