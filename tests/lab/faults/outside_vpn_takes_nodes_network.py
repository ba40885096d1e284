# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPN of a machine outside takes the network of the nodes: its answers go into the tunnel."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A VPN of a machine outside takes the network of the nodes: its answers go into the tunnel."""

    truth = Truth(id="route-wrong", location={"node": "outside"}, destination="host:outside", port=22)
    modes = ("nftables",)
    changes = (
        Run(
            "outside",
            """ip tuntap add tun0 mode tun
            ip address add 10.8.0.6/24 dev tun0
            ip link set tun0 up
            ip route add 192.0.2.8/29 dev tun0""",
            "ip link del tun0",
        ),
    )
