# SPDX-License-Identifier: GPL-3.0-or-later
"""A set of node-1 knows an address with a mark, which another rule gives."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A set of node-1 knows an address with a mark, which another rule gives."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        Run("node-1", "ipset create marked hash:ip,mark\nipset add marked <client-1>,0x30", "ipset destroy marked"),
        Rule("node-1", "mangle PREROUTING -s 10.244.0.0/16 -p tcp --dport 8080 -j MARK --set-xmark 0x30/0xff"),
        Rule("node-1", "mangle POSTROUTING -m set --match-set marked src -j DROP"),
    )
