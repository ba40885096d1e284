# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 sends its own tunnel packets to a table of its own."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 sends its own tunnel packets to a table of its own."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-1"}, destination="pod:default/client-2", protocol="icmp"
    )
    changes = (
        Run(
            "node-1",
            "ip link add uplink type veth peer name uplink-peer\nip link set uplink up\nip link set uplink-peer up\n"
            "ip route add default dev uplink table 201\n"
            "ip rule add pref 101 to 192.0.2.12 ipproto udp dport 8472 lookup 201",
            "ip rule del pref 101\nip route flush table 201\nip link del uplink",
        ),
    )
