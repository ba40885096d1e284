# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 limits the connections of each client."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-1 limits the connections of each client."""

    truth = Truth(id="connection-limit", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, seconds=0.7)
    attempts = 30
    lost = (8, 30)
    changes = (
        Rule(
            "node-1",
            "mangle FORWARD -p tcp --syn --dport 8080 -m hashlimit --hashlimit-above 5/s --hashlimit-burst 6 "
            "--hashlimit-mode srcip --hashlimit-name clients -j DROP",
        ),
    )
