# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops four of ten packets of TCP from pods to the world outside, after routing."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-1 drops four of ten packets of TCP from pods to the world outside, after routing."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="198.51.100.10", port=22)
    modes = ("nftables",)
    traffic = Traffic("pod:default/client-1", "198.51.100.10", 22, seconds=0.7)
    attempts = 40
    lost = (6, 34)
    changes = (
        Rule(
            "node-1",
            "mangle POSTROUTING -o eth0 -d 198.51.100.0/24 -p tcp -m statistic --mode random --probability 0.4 -j DROP",
        ),
    )
