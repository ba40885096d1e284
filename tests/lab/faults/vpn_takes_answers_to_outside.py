# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPN's table on node-2 takes what answers the outside, where a node port keeps the client's address."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A VPN's table on node-2 takes what answers the outside, where a node port keeps the client's address."""

    truth = Truth(
        id="policy-route-diverts",
        location={"node": "node-2"},
        source="host:outside",
        destination="node:node-2",
        port=30097,
    )
    modes = ("host-gw", "nftables")
    scene = (
        Objects(
            (pod("near-1"), service("near-1", type="NodePort", nodePort=30097, externalTrafficPolicy="Local")),
            ready=("near-1",),
        ),
    )
    changes = (
        Run(
            "node-2",
            """
            ip tuntap add tailscale0 mode tun
            ip link set tailscale0 up
            ip route add 198.51.100.0/24 dev tailscale0 table 52
            ip rule add pref 5270 lookup 52
            """,
            "ip rule del pref 5270\nip route flush table 52\nip link del tailscale0",
        ),
    )
