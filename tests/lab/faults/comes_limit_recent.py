# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 remembers who connected often and drops them for a while."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 remembers who connected often and drops them for a while."""

    truth = Truth(id="connection-limit", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, seconds=0.7)
    attempts = 30
    lost = (8, 30)
    changes = (
        Rule("node-2", "mangle FORWARD -p tcp --syn --dport 8080 -m recent --name seen --set"),
        Rule(
            "node-2",
            "mangle FORWARD -p tcp --syn --dport 8080 -m recent --name seen --update --seconds 2 --hitcount 12 -j DROP",
        ),
    )
