# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 takes the server's address for its own, by a route alone."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 takes the server's address for its own, by a route alone."""

    truth = Truth(id="route-wrong", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            "ip route add local <web-2>/32 dev lo table local",
            "ip route del local <web-2>/32 dev lo table local",
        ),
    )
