# SPDX-License-Identifier: GPL-3.0-or-later
"""A program of node-1 serves a port that a new Service got for its node port, behind which is nobody.

Public report: kubernetes/kubernetes#76892.
"""

from __future__ import annotations

from podnet_lab.changes import Objects, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service
from podnet_lab.servers import closing


class FaultClass(Made):
    """A program of node-1 serves a port that a new Service got for its node port, behind which is nobody."""

    truth = Truth(
        id="service-claims-address",
        also=("service-no-endpoints", "service-selector-mismatch"),
        location={"namespace": "default", "service": "metrics"},
        source="host:outside",
        destination="node:node-1",
        port=30115,
    )
    modes = ("nftables", "host-gw")
    scene = (Running("node-1", closing("0.0.0.0", 30115)),)
    changes = (Objects((service("metrics", type="NodePort", nodePort=30115),)),)
