# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel.1 of node-1 has lost its address, and with the last address of a device its routes go, too."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """flannel.1 of node-1 has lost its address, and with the last address of a device its routes go, too."""

    truth = Truth(
        id="address-missing",
        # The kernel takes the routes with the address; who sees the one has to say the other.
        also=("route-missing",),
        location={"node": "node-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (Frozen("node-1", "flanneld", replaced=True), Run("node-1", "ip address del 10.244.1.0/32 dev flannel.1"))
