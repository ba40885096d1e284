# SPDX-License-Identifier: GPL-3.0-or-later
"""The network gives node-2 a small rate, and drops what comes in bursts."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """The network gives node-2 a small rate, and drops what comes in bursts."""

    truth = Truth(id="packet-loss", also=("connection-limit",), destination="pod:default/<web-2.name>", port=8080)
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, seconds=0.9)
    attempts = 60
    lost = (2, 58)
    changes = (
        Run(
            "fabric",
            "tc qdisc add dev node-2 root tbf rate 200kbit burst 2000 limit 3000",
            "tc qdisc del dev node-2 root",
        ),
    )
