# SPDX-License-Identifier: GPL-3.0-or-later
"""Nobody may ping a pod of node-2; nothing else is dropped."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Nobody may ping a pod of node-2; nothing else is dropped."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (Rule("node-2", "filter FORWARD -p icmp -m icmp --icmp-type 8 -j DROP"),)
