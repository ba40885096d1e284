# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 has two routes to node-1's pods, and the first is a leftover by the router, which knows none."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 has two routes to node-1's pods, and the first is a leftover by the router, which knows none."""

    truth = Truth(id="route-wrong", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("host-gw",)
    changes = (
        Run(
            "node-2",
            "ip route prepend 10.244.1.0/24 via 192.0.2.1 dev eth0 proto static",
            "ip route del 10.244.1.0/24 via 192.0.2.1 dev eth0 proto static",
        ),
    )
