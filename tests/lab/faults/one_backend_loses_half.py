# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops half of the packets of TCP to one of two backends."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pair
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 drops half of the packets of TCP to one of two backends."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="service:default/pair", port=80)
    traffic = Traffic("pod:default/client-1", "<service:pair>", 80, seconds=0.7)
    attempts = 40
    lost = (3, 30)
    scene = (pair(None),)
    changes = (
        Rule("node-2", "mangle FORWARD -d <pair-2>/32 -p tcp -m statistic --mode random --probability 0.5 -j DROP"),
    )
