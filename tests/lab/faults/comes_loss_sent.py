# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops one of twenty packets to the pods of node-2."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-1 drops one of twenty packets to the pods of node-2."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    traffic = Traffic("pod:default/client-1", "<web-2>", protocol="icmp")
    attempts = 400
    lost = (3, 200)
    changes = (Rule("node-1", "filter FORWARD -d <web-2>/32 -m statistic --mode random --probability 0.05 -j DROP"),)
