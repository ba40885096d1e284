# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel is told to make a tunnel again, which node-2 has read after a reboot, and node-1 has routes still."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.cluster_changes import FlannelConfig
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """flannel is told to make a tunnel again, which node-2 has read after a reboot, and node-1 has routes still."""

    truth = Truth(
        id="cni-backend-mismatch", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("host-gw",)
    changes = (
        FlannelConfig("node-2", '"host-gw"', '"vxlan"'),
        Run("node-2", "ip route del 10.244.1.0/24 via 192.0.2.11"),
    )
