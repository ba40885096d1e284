# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel is told to route directly where it can, which node-2 has read, and node-1 not yet."""

from __future__ import annotations

from podnet_lab.cluster_changes import FlannelConfig
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """flannel is told to route directly where it can, which node-2 has read, and node-1 not yet."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (FlannelConfig("node-2", '"Type": "vxlan"', '"Type": "vxlan", "DirectRouting": true'),)
