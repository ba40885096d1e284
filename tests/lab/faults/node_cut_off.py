# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 cannot reach the API server: its own OUTPUT drops, and the cluster takes the node for dead."""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule
from podnet_lab.cluster_changes import NodeReady
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """node-2 cannot reach the API server: its own OUTPUT drops, and the cluster takes the node for dead."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2"},
        explains=("node-not-ready",),
        destination="service:default/cut-1",
        port=80,
        access="ssh",
    )
    modes = ("iptables", "host-gw")
    settle_seconds = 100
    scene = (Objects((pod("cut-1"), service("cut-1")), ready=("cut-1",)),)
    changes = (
        NodeReady("node-2"),
        Rule("node-2", "filter OUTPUT -d 192.0.2.2/32 -p tcp --dport 6443 -j DROP"),
        NodeReady("node-2", "Unknown"),
    )
