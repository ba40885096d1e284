# SPDX-License-Identifier: GPL-3.0-or-later
"""A narrower route for a half of node-2's pods leads to node-2, as the whole does."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A narrower route for a half of node-2's pods leads to node-2, as the whole does."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("host-gw",)
    changes = (
        Run(
            "node-1",
            "ip route add 10.244.2.0/25 via 192.0.2.12 dev eth0 proto bird",
            "ip route del 10.244.2.0/25 via 192.0.2.12",
        ),
    )
