# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2's object was made anew and given another pod network, while its pods have addresses of the one before."""

from __future__ import annotations

from podnet_lab.cluster_changes import NodeAnew
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2's object was made anew and given another pod network, while its pods have addresses of the one before."""

    truth = Truth(id="cni-subnet-wrong", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    settle_seconds = 60
    changes = (NodeAnew("node-2", "10.244.7.0/24"),)
