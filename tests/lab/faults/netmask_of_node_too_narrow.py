# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's address has a mask that does not hold its peers."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1's address has a mask that does not hold its peers."""

    truth = Truth(id="route-missing", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables", "host-gw")
    changes = (
        Run(
            "node-1",
            "ip addr del 192.0.2.11/24 dev eth0\nip addr add 192.0.2.11/32 dev eth0\nip route add 192.0.2.2 dev eth0",
            "ip route del 192.0.2.2 dev eth0\nip addr del 192.0.2.11/32 dev eth0\n"
            "ip addr add 192.0.2.11/24 brd + dev eth0\nip route replace default via 192.0.2.1",
        ),
    )
