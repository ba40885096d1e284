# SPDX-License-Identifier: GPL-3.0-or-later
"""A routing rule of node-2 prohibits the address of the API server, so the cluster takes the node for dead."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.cluster_changes import NodeReady
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A routing rule of node-2 prohibits the address of the API server, so the cluster takes the node for dead."""

    truth = Truth(
        id="policy-route-diverts",
        location={"node": "node-2"},
        explains=("node-not-ready",),
        destination="service:default/parted-1",
        port=80,
        access="ssh",
    )
    modes = ("nftables", "host-gw")
    settle_seconds = 100
    scene = (Objects((pod("parted-1"), service("parted-1")), ready=("parted-1",)),)
    changes = (
        NodeReady("node-2"),
        Run("node-2", "ip rule add pref 90 iif lo to 192.0.2.2 ipproto tcp dport 6443 prohibit", "ip rule del pref 90"),
        NodeReady("node-2", "Unknown"),
    )
