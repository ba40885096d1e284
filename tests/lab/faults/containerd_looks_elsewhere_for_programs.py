# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd of node-2 looks for the CNI's programs where its package has them, and flannel's is elsewhere.

Public report: kata-containers/kata-containers#5731, kubernetes-retired/kube-aws#495.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.daemons import ContainerdSays
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """containerd of node-2 looks for the CNI's programs where its package has them, and flannel's is elsewhere."""

    truth = Truth(id="cni-config-missing", location={"node": "node-2"}, destination="pod:default/late-4", port=8080)
    modes = ("iptables", "nftables")
    born_broken = True
    settle_seconds = 90
    changes = (
        ContainerdSays("node-2", 'bin_dir = "/opt/cni/bin"', 'bin_dir = "/usr/lib/cni"'),
        Objects((pod("late-4"),)),
        Event("late-4", "FailedCreatePodSandBox", says="failed to find plugin"),
    )
