# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel.1 of node-1 went with the device that it was bound to, and flannel does not make it again."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """flannel.1 of node-1 went with the device that it was bound to, and flannel does not make it again."""

    truth = Truth(
        id="device-missing",
        location={"node": "node-1", "device": "flannel.1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (Frozen("node-1", "flanneld", replaced=True), Run("node-1", "ip link del flannel.1"))
