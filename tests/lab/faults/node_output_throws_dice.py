# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops four of ten packets that it sends itself to the other node's pods."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-1 drops four of ten packets that it sends itself to the other node's pods."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1"},
        source="node:node-1",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    traffic = Traffic("node:node-1", "<web-2>", 8080, seconds=0.7)
    attempts = 40
    lost = (6, 34)
    changes = (Rule("node-1", "mangle OUTPUT -d 10.244.2.0/24 -m statistic --mode random --probability 0.4 -j DROP"),)
