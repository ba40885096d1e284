# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody deleted a node port's element from kube-proxy's map on node-1, nftables mode."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Somebody deleted a node port's element from kube-proxy's map on node-1, nftables mode."""

    truth = Truth(
        id="kube-proxy-rules-stale",
        location={"node": "node-1"},
        source="host:outside",
        destination="node:node-1",
        port=30080,
    )
    modes = ("nftables",)
    changes = (
        Frozen("node-1", "kube-proxy", replaced=True),
        Run("node-1", "nft delete element ip kube-proxy service-nodeports { tcp . 30080 }"),
    )
