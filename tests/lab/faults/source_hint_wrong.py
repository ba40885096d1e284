# SPDX-License-Identifier: GPL-3.0-or-later
"""A route of node-1 makes its programs send to node-2 from an address that only node-1 knows."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A route of node-1 makes its programs send to node-2 from an address that only node-1 knows."""

    truth = Truth(
        id="source-address-wrong",
        location={"node": "node-1"},
        source="node:node-1",
        destination="node:node-2",
        port=10250,
    )
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-1",
            """ip addr add 172.16.99.1/32 dev lo
            ip route add <node-2>/32 dev eth0 src 172.16.99.1""",
            """ip route del <node-2>/32
            ip addr del 172.16.99.1/32 dev lo""",
        ),
    )
