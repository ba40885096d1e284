# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops packets whose sender and mark are in a set."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops packets whose sender and mark are in a set."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        Run("node-1", "ipset create kinds hash:ip,mark\nipset add kinds <client-1>,0x7", "ipset destroy kinds"),
        Rule("node-1", "mangle PREROUTING -s <client-1>/32 -p tcp --dport 8080 -j MARK --set-xmark 0x7/0xf"),
        Rule("node-1", "filter FORWARD -m set --match-set kinds src,src -j DROP"),
    )
