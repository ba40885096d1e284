# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine outside has its router's hardware address fixed, and the router was exchanged."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A machine outside has its router's hardware address fixed, and the router was exchanged."""

    truth = Truth(id="neighbour-failed", location={"node": "outside"}, destination="host:outside", port=22)
    modes = ("nftables",)
    changes = (
        Run(
            "outside",
            "ip neigh replace 198.51.100.1 lladdr 52:54:00:9c:01:7e dev eth0 nud permanent",
            "ip neigh del 198.51.100.1 dev eth0",
        ),
    )
