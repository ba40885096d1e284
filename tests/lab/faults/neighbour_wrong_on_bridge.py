# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 has a wrong MAC address for a pod on its own bridge."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 has a wrong MAC address for a pod on its own bridge."""

    truth = Truth(id="neighbour-failed", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables", "host-gw")
    changes = (
        Run(
            "node-2",
            "ip neigh replace <web-2> lladdr 02:00:5e:00:53:99 dev cni0 nud permanent",
            "ip neigh del <web-2> dev cni0",
        ),
    )
