# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 gives the client's connections to another node one of two ports."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-1 gives the client's connections to another node one of two ports."""

    truth = Truth(
        id="nat-ports-exhausted", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=100, seconds=3.0)
    attempts = 8
    lost = (2, 8)
    changes = (
        Rule("node-1", "nat POSTROUTING -s <client-1>/32 -d 10.244.2.0/24 -p tcp -j MASQUERADE --to-ports 1000-1001"),
    )
