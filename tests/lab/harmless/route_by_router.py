# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 sends what is for node-2's pods to the router, which knows the way."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 sends what is for node-2's pods to the router, which knows the way."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("host-gw",)
    changes = (
        Run("fabric", "ip route add 10.244.2.0/24 via 192.0.2.12", "ip route del 10.244.2.0/24"),
        Run(
            "node-1",
            "ip route add 10.244.2.0/25 via 192.0.2.1 dev eth0\nip route add 10.244.2.128/25 via 192.0.2.1 dev eth0",
            "ip route del 10.244.2.0/25\nip route del 10.244.2.128/25",
        ),
    )
