# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 limits new connections to the address of a Service."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-1 limits new connections to the address of a Service."""

    truth = Truth(id="connection-limit", location={"node": "node-1"}, destination="service:default/web", port=80)
    traffic = Traffic("pod:default/client-1", "<service:web>", 80, seconds=0.7)
    attempts = 30
    lost = (8, 30)
    changes = (
        Rule("node-1", "raw PREROUTING -d <service:web>/32 -p tcp --syn -j DROP"),
        Rule(
            "node-1", "raw PREROUTING -d <service:web>/32 -p tcp --syn -m limit --limit 4/s --limit-burst 5 -j ACCEPT"
        ),
    )
