# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel's CNI configuration of node-2 names another bridge: new pods are on it, and the network is on two."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """flannel's CNI configuration of node-2 names another bridge: new pods are on it, and the network is on two."""

    truth = Truth(id="duplicate-address", location={"node": "node-2"}, destination="pod:default/aside-1", port=8080)
    born_broken = True
    settle_seconds = 60
    changes = (
        Run("node-2", "true", "ip link del br-pods"),
        Run(
            "node-2",
            """cp /etc/cni/net.d/10-flannel.conflist /run/10-flannel.conflist
            sed -i 's/"delegate": *{/"delegate": {"bridge": "br-pods",/' /etc/cni/net.d/10-flannel.conflist""",
            "cp /run/10-flannel.conflist /etc/cni/net.d/10-flannel.conflist",
        ),
        Objects((pod("aside-1"),), ready=("aside-1",)),
    )
