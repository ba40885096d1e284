# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPN of node-1 drops what comes from its range by another device, and an outside server is in that range."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A VPN of node-1 drops what comes from its range by another device, and an outside server is in that range."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-1"}, source="node:node-1", destination="100.100.2.136", port=22
    )
    modes = ("iptables", "nftables")
    scene = (
        Run("outside", "ip address add 100.100.2.136/32 dev lo", "ip address del 100.100.2.136/32 dev lo"),
        Run("fabric", "ip route add 100.100.2.136/32 via 198.51.100.10", "ip route del 100.100.2.136/32"),
    )
    changes = (
        Run(
            "node-1",
            """ip tuntap add tailscale0 mode tun
            ip address add 100.82.80.46/32 dev tailscale0
            ip link set tailscale0 up
            iptables -w 10 -N ts-input
            iptables -w 10 -A ts-input -s 100.82.80.46/32 -i lo -j ACCEPT
            iptables -w 10 -A ts-input -s 100.115.92.0/23 ! -i tailscale0 -j RETURN
            iptables -w 10 -A ts-input -s 100.64.0.0/10 ! -i tailscale0 -j DROP
            iptables -w 10 -I INPUT -j ts-input""",
            """iptables -w 10 -D INPUT -j ts-input
            iptables -w 10 -F ts-input
            iptables -w 10 -X ts-input
            ip link del tailscale0""",
        ),
    )
