# SPDX-License-Identifier: GPL-3.0-or-later
"""Two pods of node-2 have one address, and the other one answers."""

from __future__ import annotations

from podnet_lab.changes import Run, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Two pods of node-2 have one address, and the other one answers."""

    truth = Truth(
        id="duplicate-address", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables")
    changes = (
        in_pod("client-2", "ip address add <web-2>/32 dev eth0", "ip address del <web-2>/32 dev eth0"),
        Run(
            "node-2",
            "ip neigh replace <web-2> lladdr <client-2.mac> dev cni0 nud reachable",
            "ip neigh del <web-2> dev cni0",
        ),
    )
    attempts = 4
