# SPDX-License-Identifier: GPL-3.0-or-later
"""The default route of node-1 leads to an address that nobody has."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The default route of node-1 leads to an address that nobody has."""

    truth = Truth(
        id="route-wrong",
        # Only this node is read: nothing there says which address the gateway ought to have.
        also=("neighbour-failed",),
        location={"node": "node-1"},
        destination="host:outside",
        port=22,
    )
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-1",
            "ip route replace default via 192.0.2.99 dev eth0",
            "ip route replace default via 192.0.2.1 dev eth0",
        ),
    )
