# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 limits pings to forty a second, as routers do."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 limits pings to forty a second, as routers do."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Rule("node-2", "filter FORWARD -p icmp -j DROP"),
        Rule("node-2", "filter FORWARD -p icmp -m limit --limit 40/s --limit-burst 10 -j ACCEPT"),
    )
