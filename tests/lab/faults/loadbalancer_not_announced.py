# SPDX-License-Identifier: GPL-3.0-or-later
"""A load balancer's address is assigned, and no node answers for it.

Public report: metallb/metallb#1561.
"""

from __future__ import annotations

from podnet_lab.balancers import announced
from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A load balancer's address is assigned, and no node answers for it."""

    truth = Truth(
        id="loadbalancer-not-announced",
        location={"namespace": "default", "service": "edge-1"},
        source="host:outside",
        destination="192.0.2.50",
        port=80,
    )
    modes = ("iptables", "nftables")
    scene = announced()
    changes = (
        Run("node-1", "ip address del 192.0.2.50/32 dev lo", "ip address add 192.0.2.50/32 dev lo"),
        Run("fabric", "ip neigh del 192.0.2.50 dev nodes"),
    )
