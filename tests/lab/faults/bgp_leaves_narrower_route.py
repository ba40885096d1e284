# SPDX-License-Identifier: GPL-3.0-or-later
"""A routing daemon was tried on node-1 and has left a narrower route for a half of node-2's pods, by the router."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A routing daemon was tried on node-1 and has left a narrower route for a half of node-2's pods, by the router."""

    truth = Truth(id="route-wrong", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("host-gw",)
    changes = (
        Run(
            "node-1",
            "ip route add 10.244.2.0/25 via 192.0.2.1 dev eth0 proto bird",
            "ip route del 10.244.2.0/25 via 192.0.2.1",
        ),
    )
