# SPDX-License-Identifier: GPL-3.0-or-later
"""A second uplink of node-1 puts its default route before the one that leads outside."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A second uplink of node-1 puts its default route before the one that leads outside."""

    truth = Truth(id="route-wrong", location={"node": "node-1"}, destination="198.51.100.10", port=22)
    modes = ("host-gw", "nftables")
    changes = (
        Run(
            "node-1",
            """
            ip link add uplink2 type veth peer name uplink2p
            ip link set uplink2 up
            ip link set uplink2p up
            ip address add 172.20.5.9/24 dev uplink2
            ip route add default via 172.20.5.1 dev uplink2 metric 50
            ip route add default via 192.0.2.1 dev eth0 metric 100
            ip route del default via 192.0.2.1 dev eth0 metric 0
            """,
            "ip route replace default via 192.0.2.1 dev eth0\nip route del default metric 100\nip link del uplink2",
        ),
    )
