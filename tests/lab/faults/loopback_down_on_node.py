# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's loopback device is down."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1's loopback device is down."""

    truth = Truth(
        id="device-down",
        location={"node": "node-1", "device": "lo"},
        source="node:node-1",
        destination="node:node-1",
        port=10250,
    )
    modes = ("iptables", "nftables")
    changes = (Run("node-1", "ip link set lo down", "ip link set lo up"),)
