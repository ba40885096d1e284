# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 sends what its pods answer to another table, without the tunnel.

A rule for source addresses, as network managers write it for a second NIC. Nobody behind that gateway knows pods.
"""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 sends what its pods answer to another table, without the tunnel."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-2"}, destination="pod:default/client-2", protocol="icmp"
    )
    modes = ("iptables", "nftables", "host-gw")
    changes = (
        Run(
            "node-2",
            "ip route add default via 192.0.2.1 dev eth0 table 200\n"
            "ip rule add pref 100 from 10.244.2.0/24 to 10.244.1.0/24 lookup 200",
            "ip rule del pref 100\nip route flush table 200",
        ),
    )
