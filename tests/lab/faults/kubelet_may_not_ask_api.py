# SPDX-License-Identifier: GPL-3.0-or-later
"""A program on the group of node-2's daemons drops what they send to the API server: the node seems dead."""

from __future__ import annotations

from podnet_lab.bpf import GroupBpf
from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import NodeReady
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A program on the group of node-2's daemons drops what they send to the API server: the node seems dead."""

    truth = Truth(
        id="bpf-program-drop",
        location={"node": "node-2"},
        explains=("node-not-ready",),
        destination="service:default/cut-1",
        port=80,
        access="ssh",
    )
    modes = ("nftables",)
    settle_seconds = 100
    scene = (Objects((pod("cut-1"), service("cut-1")), ready=("cut-1",)),)
    changes = (NodeReady("node-2"), GroupBpf("node-2", "192.0.2.2", 6443, "egress"), NodeReady("node-2", "Unknown"))
