# SPDX-License-Identifier: GPL-3.0-or-later
"""eth0 of node-2 has lost its cable."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.cluster_changes import NodeReady
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """eth0 of node-2 has lost its cable."""

    truth = Truth(
        id="device-down",
        location={"node": "node-2", "device": "eth0"},
        destination="pod:default/client-2",
        protocol="icmp",
        access="ssh",
    )
    settle_seconds = 100
    changes = (
        NodeReady("node-2"),
        Run(
            "node-2",
            "ip link set eth0 down",
            "ip link set eth0 up\nip route replace default via 192.0.2.1 dev eth0\n"
            "ip route replace 10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink",
        ),
        NodeReady("node-2", "Unknown"),
    )
