# SPDX-License-Identifier: GPL-3.0-or-later
"""The kubelet of node-2 does nothing any more, so that the cluster takes the node for dead, whose pods are well."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Objects
from podnet_lab.cluster_changes import NodeReady
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """The kubelet of node-2 does nothing any more, so that the cluster takes the node for dead, whose pods are well."""

    truth = Truth(
        id="node-not-ready", location={"node": "node-2"}, destination="service:default/lone-1", port=80, access="ssh"
    )
    modes = ("iptables", "host-gw")
    settle_seconds = 100
    scene = (Objects((pod("lone-1"), service("lone-1")), ready=("lone-1",)),)
    changes = (NodeReady("node-2"), Frozen("node-2", "kubelet"), NodeReady("node-2", "Unknown"))
