# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 sends to its pod by the address of all: the pod takes pings and datagrams so, and no TCP."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 sends to its pod by the address of all: the pod takes pings and datagrams so, and no TCP."""

    truth = Truth(id="neighbour-failed", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "iptables")
    changes = (
        Run(
            "node-2",
            "ip neigh replace <web-2> lladdr ff:ff:ff:ff:ff:ff dev cni0 nud permanent",
            "ip neigh del <web-2> dev cni0",
        ),
    )
