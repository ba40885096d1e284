# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops a network that comes in by one device, but for one address of it."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops a network that comes in by one device, but for one address of it."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-2",
            """ipset create fenced hash:net,iface
            ipset add fenced 10.244.1.0/24,flannel.1
            ipset add fenced 10.244.1.0/24,eth0
            ipset add fenced <client-2>/32,flannel.1 nomatch
            ipset add fenced 10.244.1.250/32,eth0 nomatch""",
            "ipset destroy fenced",
        ),
        Rule("node-2", "raw PREROUTING -p tcp -m set --match-set fenced src,src -j DROP"),
    )
