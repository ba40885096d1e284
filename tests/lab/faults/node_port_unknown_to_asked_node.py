# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy of node-2 sleeps and knows no new node port, and a pod of node-1 asks for it there."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service, serving


class FaultClass(Made):
    """kube-proxy of node-2 sleeps and knows no new node port, and a pod of node-1 asks for it there."""

    truth = Truth(id="kube-proxy-rules-stale", location={"node": "node-2"}, destination="node:node-2", port=30119)
    modes = ("nftables",)
    born_broken = True
    scene = (serving("new-1"),)
    changes = (Frozen("node-2", "kube-proxy"), Objects((service("new-1", type="NodePort", nodePort=30119),)))
