# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd of node-2 hangs: its pods run on, the node is not Ready, and its endpoints are taken away."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Objects
from podnet_lab.cluster_changes import NodeReady
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service, serving


class FaultClass(Made):
    """containerd of node-2 hangs: its pods run on, the node is not Ready, and its endpoints are taken away."""

    about = "containerd of node-2 hangs: its pods run on, the node is not Ready, and its endpoints are taken away"
    truth = Truth(
        id="node-not-ready",
        location={"node": "node-2"},
        source="pod:default/client-1",
        destination="service:default/cut-1",
        port=80,
    )
    settle_seconds = 120
    scene = (serving("cut-1"), Objects((service("cut-1"),)))
    changes = (NodeReady("node-2"), Frozen("node-2", "containerd"), NodeReady("node-2", "False"))
