# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops the first packet of each connection."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 drops the first packet of each connection."""

    truth = Truth(id="connection-limit", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, seconds=0.7)
    changes = (
        Rule("node-2", "filter FORWARD -p tcp --syn --dport 8080 -j DROP"),
        Rule(
            "node-2",
            "filter FORWARD -p tcp --syn --dport 8080 -m hashlimit --hashlimit-above 1/minute --hashlimit-burst 1 "
            "--hashlimit-mode srcport --hashlimit-name first -j ACCEPT",
        ),
    )
