# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's route to a pod carries tunnel data that a plain device does not read."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1's route to a pod carries tunnel data that a plain device does not read."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("host-gw",)
    changes = (
        Run(
            "node-1",
            "ip route add <web-2>/32 encap ip id 77 dst 192.0.2.99 via 192.0.2.12 dev eth0",
            "ip route del <web-2>/32",
        ),
    )
