# SPDX-License-Identifier: GPL-3.0-or-later
"""A route of node-2 takes one pod's address for a broadcast, and hands its packets to the node itself."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A route of node-2 takes one pod's address for a broadcast, and hands its packets to the node itself."""

    truth = Truth(id="route-wrong", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        Run("node-2", "ip route add broadcast <web-2>/32 dev cni0", "ip route del broadcast <web-2>/32 dev cni0"),
    )
