# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service has an external address that no machine answers for."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A Service has an external address that no machine answers for."""

    truth = Truth(
        id="loadbalancer-not-announced",
        location={"namespace": "default", "service": "edge-2"},
        source="host:outside",
        destination="192.0.2.60",
        port=80,
    )
    modes = ("nftables",)
    scene = (
        Objects((pod("edge-2"), service("edge-2", externalIPs=["192.0.2.60"])), ready=("edge-2",)),
        Run("node-1", "ip address add 192.0.2.60/32 dev lo", "ip address del 192.0.2.60/32 dev lo"),
    )
    changes = (
        Run("node-1", "ip address del 192.0.2.60/32 dev lo", "ip address add 192.0.2.60/32 dev lo"),
        Run("fabric", "ip neigh del 192.0.2.60 dev nodes"),
    )
