# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of blocked addresses (ipset) of node-2 has got a pod's address."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A list of blocked addresses (ipset) of node-2 has got a pod's address."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Run("node-2", "ipset create blocked hash:ip\nipset add blocked <client-1>", "ipset destroy blocked"),
        Rule("node-2", "filter FORWARD -m set --match-set blocked src -j DROP"),
    )
