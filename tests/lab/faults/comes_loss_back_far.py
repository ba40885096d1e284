# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops one of twenty packets that its pods send."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 drops one of twenty packets that its pods send."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    traffic = Traffic("pod:default/client-1", "<web-2>", protocol="icmp")
    attempts = 400
    lost = (3, 200)
    changes = (
        Rule("node-2", "raw PREROUTING -i cni0 -s <web-2>/32 -m statistic --mode random --probability 0.05 -j DROP"),
    )
