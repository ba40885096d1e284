# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody flushed kube-proxy's chain that masquerades on node-1: a node port's answers go another way."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """Somebody flushed kube-proxy's chain that masquerades on node-1: a node port's answers go another way."""

    truth = Truth(
        id="snat-missing", location={"node": "node-1"}, source="host:outside", destination="node:node-1", port=30198
    )
    modes = ("nftables",)
    scene = (Objects((pod("far-8"), service("far-8", type="NodePort", nodePort=30198)), ready=("far-8",)),)
    changes = (
        Frozen("node-1", "kube-proxy", replaced=True),
        Run("node-1", "nft flush chain ip kube-proxy masquerading"),
    )
