# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPN routes by the mark that kube-proxy gives to what it masquerades."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A VPN routes by the mark that kube-proxy gives to what it masquerades."""

    truth = Truth(
        id="policy-route-diverts",
        location={"node": "node-1"},
        source="host:outside",
        destination="node:node-1",
        port=30080,
    )
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            """
            ip tuntap add vpn0 mode tun
            ip link set vpn0 up
            ip route add default dev vpn0 table 200
            ip rule add pref 900 fwmark 0x4000/0x4000 lookup 200
            """,
            """
            ip rule del pref 900
            ip link del vpn0
            """,
        ),
    )
