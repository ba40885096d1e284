# SPDX-License-Identifier: GPL-3.0-or-later
"""The CNI configuration of node-2 has a version that its programs do not know: a new pod gets no network."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.cluster_changes import NodeReady
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """The CNI configuration of node-2 has a version that its programs do not know: a new pod gets no network."""

    truth = Truth(
        id="cni-config-missing", also=("pod-not-ready",), destination="pod:default/late-1", port=8080, access="ssh"
    )
    modes = ("nftables",)
    born_broken = True
    settle_seconds = 60
    changes = (
        NodeReady("node-2"),
        Run(
            "node-2",
            """cp /etc/cni/net.d/10-flannel.conflist /run/10-flannel.conflist
            sed -i s/0.3.1/9.3.0/ /etc/cni/net.d/10-flannel.conflist""",
            "cp /run/10-flannel.conflist /etc/cni/net.d/10-flannel.conflist",
        ),
        Objects((pod("late-1"),)),
    )
