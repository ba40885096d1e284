# SPDX-License-Identifier: GPL-3.0-or-later
"""A second NIC of node-1 is in a network that the Services' addresses are from."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A second NIC of node-1 is in a network that the Services' addresses are from."""

    truth = Truth(id="", source="node:node-1", destination="service:default/web", port=80)
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            """ip link add eth1 type veth peer name eth1-peer
            ip address add 10.96.77.11/16 dev eth1
            ip link set eth1-peer up
            ip link set eth1 up""",
            "ip link del eth1",
        ),
    )
