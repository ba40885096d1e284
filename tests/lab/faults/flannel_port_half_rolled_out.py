# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel's configuration has a new port for the tunnel, and node-1's flannel was not started anew."""

from __future__ import annotations

from podnet_lab.cluster_changes import FlannelConfig
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """flannel's configuration has a new port for the tunnel, and node-1's flannel was not started anew."""

    truth = Truth(
        id="tunnel-port-mismatch",
        location={"node": "node-1", "device": "flannel.1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables",)
    changes = (FlannelConfig("node-2", '"vxlan"', '"vxlan", "Port": 4789'),)
