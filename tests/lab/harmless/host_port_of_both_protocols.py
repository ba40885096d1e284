# SPDX-License-Identifier: GPL-3.0-or-later
"""Two pods of node-1 have the same host port, one for TCP and one for UDP."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, host_port_pod, pod

UDP = {"ports": [{"name": "dns", "containerPort": 5353, "hostPort": 8088, "protocol": "UDP"}]}


class FaultClass(Made):
    """Two pods of node-1 have the same host port, one for TCP and one for UDP."""

    truth = Truth(id="", source="host:outside", destination="node:node-1", port=8088)
    modes = ("nftables",)
    scene = (host_port_pod(),)
    changes = (Objects((pod("edge-2", "node-1", echo_server(5353), container=UDP),), ready=("edge-2",)),)
