# SPDX-License-Identifier: GPL-3.0-or-later
"""Another pod of the client's node has the gateway's address, and the client asks that one."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """Another pod of the client's node has the gateway's address, and the client asks that one."""

    truth = Truth(
        id="duplicate-address",
        location={"node": "node-1"},
        also=("neighbour-failed",),
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables",)
    scene = (serving("twin-1", "node-1"),)
    changes = (
        in_pod("twin-1", "ip address add 10.244.1.1/32 dev eth0", "ip address del 10.244.1.1/32 dev eth0"),
        in_pod(
            "client-1",
            "ip neighbour replace 10.244.1.1 lladdr <twin-1.mac> dev eth0 nud reachable",
            "ip neighbour flush dev eth0",
        ),
    )
