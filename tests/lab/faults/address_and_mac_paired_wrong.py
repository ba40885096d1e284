# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 forwards only pairs of address and MAC address that a set holds, and holds an old one."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 forwards only pairs of address and MAC address that a set holds, and holds an old one."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            "ipset create pairs bitmap:ip,mac range 10.244.1.0/24\nipset add pairs <client-1>,02:00:5e:00:53:68",
            "ipset destroy pairs",
        ),
        Rule("node-1", "filter FORWARD -s <client-1>/32 -m set ! --match-set pairs src,src -j DROP"),
    )
