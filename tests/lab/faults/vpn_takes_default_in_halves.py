# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPN of node-1 is gone and its two routes are left, which together are narrower than the default route.

Public report: passteque/gluetun#188.
"""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A VPN of node-1 is gone and its two routes are left, which together are narrower than the default route."""

    truth = Truth(id="route-wrong", location={"node": "node-1"}, destination="198.51.100.10", port=22)
    modes = ("nftables", "host-gw")
    changes = (
        Run(
            "node-1",
            """
            ip tuntap add tun0 mode tun
            ip address add 10.8.8.5/24 dev tun0
            ip link set tun0 up
            ip route add 0.0.0.0/1 via 10.8.8.1 dev tun0
            ip route add 128.0.0.0/1 via 10.8.8.1 dev tun0
            """,
            "ip link del tun0",
        ),
    )
