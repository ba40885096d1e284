# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops half of the packets of another protocol and of other addresses."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops half of the packets of another protocol and of other addresses."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Rule("node-2", "filter FORWARD -p udp --dport 9999 -m statistic --mode random --probability 0.5 -j DROP"),
        Rule("node-2", "filter FORWARD -s 203.0.113.0/24 -m statistic --mode random --probability 0.5 -j DROP"),
    )
