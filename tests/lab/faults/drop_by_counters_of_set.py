# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops what an address of a set sends after its first packets."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops what an address of a set sends after its first packets."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    lost = (2, 3)
    changes = (
        Run("node-1", "ipset create heard hash:ip counters\nipset add heard <client-1>", "ipset destroy heard"),
        Rule("node-1", "filter FORWARD -d <web-2>/32 -m set --match-set heard src --packets-gt 2 -j DROP"),
    )
