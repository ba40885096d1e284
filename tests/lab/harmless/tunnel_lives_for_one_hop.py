# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel.1 of node-1 gives its packets one hop to live, and the other node is one hop away."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """flannel.1 of node-1 gives its packets one hop to live, and the other node is one hop away."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (Run("node-1", "ip link set flannel.1 type vxlan ttl 1", "ip link set flannel.1 type vxlan ttl auto"),)
