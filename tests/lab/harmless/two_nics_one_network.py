# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 has a second NIC in the same network, with an address and a route at a higher metric."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 has a second NIC in the same network, with an address and a route at a higher metric."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("nftables", "host-gw")

    changes = (
        Run(
            "node-2",
            "ip link add link eth0 name eth1 type macvlan mode bridge\nip link set eth1 up\n"
            "ip address add 192.0.2.212/24 dev eth1 noprefixroute\n"
            "ip route add 192.0.2.0/24 dev eth1 src 192.0.2.212 metric 101\n"
            "ip route add default via 192.0.2.1 dev eth1 metric 101",
            "ip link del eth1",
        ),
    )
