# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel of node-2 writes its rules by nftables, and that of node-1 still by iptables."""

from __future__ import annotations

from podnet_lab.cluster_changes import FlannelConfig
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """flannel of node-2 writes its rules by nftables, and that of node-1 still by iptables."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables",)
    changes = (FlannelConfig("node-2", '"EnableNFTables": false', '"EnableNFTables": true'),)
