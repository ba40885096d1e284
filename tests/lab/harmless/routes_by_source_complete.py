# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 routes by its own address, as machines with two NICs do, and that table knows the pods too."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 routes by its own address, as machines with two NICs do, and that table knows the pods too."""

    truth = Truth(id="", source="node:node-1", destination="pod:default/<web-2.name>", port=8080)
    modes = ("host-gw",)
    changes = (
        Run(
            "node-1",
            "ip route add 192.0.2.0/24 dev eth0 table 101\nip route add default via 192.0.2.1 dev eth0 table 101\n"
            "ip route add 10.244.2.0/24 via 192.0.2.12 dev eth0 table 101\n"
            "ip route add 10.244.1.0/24 dev cni0 table 101\nip rule add pref 1000 from 192.0.2.11 lookup 101",
            "ip rule del pref 1000\nip route flush table 101",
        ),
    )
