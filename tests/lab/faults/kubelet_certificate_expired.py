# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate of node-2's kubelet has expired: the API server takes nothing from it, and takes it for dead."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import NodeReady
from podnet_lab.credentials import KubeletConnects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """The certificate of node-2's kubelet has expired: the API server takes nothing from it, and takes it for dead."""

    truth = Truth(
        id="node-not-ready", location={"node": "node-2"}, destination="service:default/lone-1", port=80, access="ssh"
    )
    modes = ("nftables",)
    settle_seconds = 100
    scene = (Objects((pod("lone-1"), service("lone-1")), ready=("lone-1",)),)
    changes = (NodeReady("node-2"), KubeletConnects("node-2", expired=True), NodeReady("node-2", "Unknown"))
