# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 has the address of a pod of node-2 on its loopback, and answers for it."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 has the address of a pod of node-2 on its loopback, and answers for it."""

    truth = Truth(
        id="duplicate-address", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables", "host-gw")
    changes = (Run("node-1", "ip address add <web-2>/32 dev lo", "ip address del <web-2>/32 dev lo"),)
