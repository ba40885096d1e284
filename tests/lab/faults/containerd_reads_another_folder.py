# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd of node-2 reads its CNI configuration from another folder than flannel writes to.

Public report: kubernetes/kubernetes#103324.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import NodeReady
from podnet_lab.daemons import ContainerdSays
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """containerd of node-2 reads its CNI configuration from another folder than flannel writes to."""

    truth = Truth(id="cni-config-missing", location={"node": "node-2"}, destination="pod:default/late-4", port=8080)
    modes = ("nftables", "host-gw")
    born_broken = True
    settle_seconds = 90
    changes = (
        NodeReady("node-2"),
        ContainerdSays("node-2", 'conf_dir = "/etc/cni/net.d"', 'conf_dir = "/etc/cni/net.mk"'),
        NodeReady("node-2", "False"),
        Objects((pod("late-4"),)),
    )
