# SPDX-License-Identifier: GPL-3.0-or-later
"""Nobody may ping a node, and NodePorts answer."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Nobody may ping a node, and NodePorts answer."""

    truth = Truth(id="", source="host:outside", destination="node:node-1", port=30080)
    modes = ("iptables", "nftables")
    changes = (
        Rule("node-1", "filter INPUT -p icmp -m icmp --icmp-type 8 -j DROP"),
        Rule("node-2", "filter INPUT -p icmp -m icmp --icmp-type 8 -j DROP"),
    )
