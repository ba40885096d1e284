# SPDX-License-Identifier: GPL-3.0-or-later
"""keepalived's address of node-2 is asked for a NodePort, and both nodes have one of a balancer on lo."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """keepalived's address of node-2 is asked for a NodePort, and both nodes have one of a balancer on lo."""

    truth = Truth(id="", destination="192.0.2.100", port=30080)
    modes = ("host-gw",)
    scene = (
        Run(
            "node-2", "ip address add 192.0.2.100/32 dev eth0 label eth0:vip", "ip address del 192.0.2.100/32 dev eth0"
        ),
    )
    changes = tuple(
        Run(node, "ip address add 192.0.2.101/32 dev lo", "ip address del 192.0.2.101/32 dev lo")
        for node in ("node-1", "node-2")
    )
