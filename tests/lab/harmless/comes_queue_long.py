# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue of node-1's NIC has a rate far above what is sent."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The queue of node-1's NIC has a rate far above what is sent."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Run(
            "node-1",
            "tc qdisc add dev eth0 root tbf rate 500mbit burst 200000 limit 2000000",
            "tc qdisc del dev eth0 root",
        ),
    )
