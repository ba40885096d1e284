# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue of node-1's NIC holds a few packets and empties slowly."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """The queue of node-1's NIC holds a few packets and empties slowly."""

    truth = Truth(id="nic-drops", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, seconds=0.9)
    attempts = 60
    lost = (2, 58)
    changes = (
        Run(
            "node-1", "tc qdisc add dev eth0 root tbf rate 200kbit burst 2000 limit 3000", "tc qdisc del dev eth0 root"
        ),
    )
