# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 sends the packets for node-2's pods to an address that no node has, host-gw."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 sends the packets for node-2's pods to an address that no node has, host-gw."""

    truth = Truth(id="route-wrong", location={"node": "node-1"}, destination="pod:default/client-2", protocol="icmp")
    modes = ("host-gw",)
    changes = (
        Frozen("node-1", "flanneld", replaced=True),
        Run(
            "node-1",
            "ip route replace 10.244.2.0/24 via 192.0.2.99 dev eth0",
            "ip route replace 10.244.2.0/24 via 192.0.2.12 dev eth0",
        ),
    )
