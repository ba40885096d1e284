# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel is told another back end, which node-2 has read after a reboot, and node-1 has its tunnel still."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.cluster_changes import FlannelConfig
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """flannel is told another back end, which node-2 has read after a reboot, and node-1 has its tunnel still."""

    truth = Truth(
        id="cni-backend-mismatch", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables",)
    changes = (FlannelConfig("node-2", '"vxlan"', '"host-gw"'), Run("node-2", "ip link del flannel.1"))
