# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine outside has a route to the nodes by a router that was switched off."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A machine outside has a route to the nodes by a router that was switched off."""

    truth = Truth(
        id="route-wrong",
        # Nobody answers for that router, either.
        also=("neighbour-failed",),
        location={"node": "outside"},
        destination="host:outside",
        port=22,
    )
    modes = ("nftables",)
    changes = (
        Run(
            "outside",
            "ip route add 192.0.2.0/24 via 198.51.100.99 dev eth0",
            "ip route del 192.0.2.0/24 via 198.51.100.99",
        ),
    )
