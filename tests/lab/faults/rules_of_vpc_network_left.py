# SPDX-License-Identifier: GPL-3.0-or-later
"""A cloud's network plug-in is gone, its table for a pod's address is left: what it sends goes to the router."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A cloud's network plug-in is gone, its table for a pod's address is left: what it sends goes to the router."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables",)
    changes = (
        Run(
            "node-1",
            """ip route add default via 192.0.2.1 dev eth0 table 2
            ip rule add pref 1536 from <client-1> lookup 2""",
            """ip rule del pref 1536
            ip route flush table 2""",
        ),
    )
