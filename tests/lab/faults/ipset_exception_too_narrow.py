# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops private networks by a list that excepts the pods, but only those of one node."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops private networks by a list that excepts the pods, but only those of one node."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables",)
    changes = (
        Run(
            "node-1",
            """ipset create private hash:net
            ipset add private 10.0.0.0/8
            ipset add private 172.16.0.0/12
            ipset add private 10.244.1.0/24 nomatch
            ipset add private 10.96.0.0/16 nomatch""",
            "ipset destroy private",
        ),
        Rule("node-1", "mangle FORWARD -i flannel.1 -m set --match-set private src -j DROP"),
    )
