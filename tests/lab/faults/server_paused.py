# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's container is paused, and its readiness probe goes on: the kernel takes the connections."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.containers import paused
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.traffic import Traffic

READY = {"readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1}}


class FaultClass(Made):
    """A server's container is paused, and its readiness probe goes on: the kernel takes the connections."""

    truth = Truth(
        id="process-backlog-full",
        location={"namespace": "default", "pod": "paused-1"},
        source="host:outside",
        destination="node:node-1",
        port=30105,
    )
    modes = ("iptables", "nftables")
    traffic = Traffic("host:outside", "<node-1>", 30105, size=10)
    scene = (
        Objects(
            (pod("paused-1", container=READY), service("paused-1", type="NodePort", nodePort=30105)),
            ready=("paused-1",),
        ),
    )
    changes = (paused("paused-1"),)
