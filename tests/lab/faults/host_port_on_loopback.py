# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod's host port is bound to the node's loopback address."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

PORTS = [{"name": "http", "containerPort": 8080, "hostPort": 8089, "hostIP": "127.0.0.1"}]


class FaultClass(Made):
    """A pod's host port is bound to the node's loopback address."""

    truth = Truth(
        id="port-listening-on-loopback",
        location={"namespace": "default", "pod": "edge-2"},
        source="host:outside",
        destination="node:node-1",
        port=8089,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((pod("edge-2", "node-1", container={"ports": PORTS}),), ready=("edge-2",)),)
