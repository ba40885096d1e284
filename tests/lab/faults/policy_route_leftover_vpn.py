# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPN that was removed has left its table, and a route to the pods in it.

Public report: k3s-io/k3s#7772.
"""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A VPN that was removed has left its table, and a route to the pods in it."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables", "host-gw")
    changes = (
        Run(
            "node-1",
            "ip tuntap add tailscale0 mode tun\nip link set tailscale0 up\nip rule add pref 5270 lookup 52\n"
            "ip route add 10.244.2.0/24 dev tailscale0 table 52",
            "ip rule del pref 5270\nip route flush table 52\nip link del tailscale0",
        ),
    )
