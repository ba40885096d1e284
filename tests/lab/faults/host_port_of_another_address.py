# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod's host port is bound to the node's second address, and the first one is asked."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

PORTS = [{"name": "http", "containerPort": 8080, "hostPort": 8089, "hostIP": "192.0.2.78"}]


class FaultClass(Made):
    """A pod's host port is bound to the node's second address, and the first one is asked."""

    truth = Truth(
        id="port-not-listening",
        also=("nodeport-address-excluded", "hostport-rules-missing"),
        location={"node": "node-1"},
        source="host:outside",
        destination="node:node-1",
        port=8089,
    )
    modes = ("nftables",)
    born_broken = True
    scene = (Run("node-1", "ip address add 192.0.2.78/24 dev eth0", "ip address del 192.0.2.78/24 dev eth0"),)
    changes = (Objects((pod("edge-3", "node-1", container={"ports": PORTS}),), ready=("edge-3",)),)
