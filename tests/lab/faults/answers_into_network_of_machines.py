# SPDX-License-Identifier: GPL-3.0-or-later
"""A bridge for virtual machines on node-2 has a part of node-1's pods for its network, and takes the answers."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A bridge for virtual machines on node-2 has a part of node-1's pods for its network, and takes the answers."""

    truth = Truth(id="pod-cidr-overlap", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (
        Run(
            "node-2",
            """ip link add virbr1 type bridge
            ip link set virbr1 up
            ip address add 10.244.1.126/25 dev virbr1""",
            "ip link del virbr1",
        ),
    )
