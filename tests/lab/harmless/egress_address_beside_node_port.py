# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 gives what it sends out an address that nobody has, and a node port is asked: answers keep theirs."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 gives what it sends out an address that nobody has, and a node port is asked: answers keep theirs."""

    truth = Truth(id="", source="host:outside", destination="node:node-1", port=30080)
    modes = ("iptables", "nftables")
    changes = (Rule("node-1", "nat POSTROUTING -o eth0 -d 198.51.100.0/24 -j SNAT --to-source 192.0.2.77"),)
