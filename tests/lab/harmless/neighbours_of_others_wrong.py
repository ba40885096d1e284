# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 has wrong entries for addresses that no pod has."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 has wrong entries for addresses that no pod has."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (
        Run(
            "node-2",
            "ip neighbour replace 10.244.2.250 lladdr 02:00:5e:00:53:98 dev cni0 nud permanent\n"
            "ip neighbour replace 10.244.2.251 lladdr <web-2.mac> dev cni0 nud permanent\n"
            "ip neighbour replace 192.0.2.77 lladdr 02:00:5e:00:53:97 dev eth0 nud permanent",
            "ip neighbour del 10.244.2.250 dev cni0\nip neighbour del 10.244.2.251 dev cni0\n"
            "ip neighbour del 192.0.2.77 dev eth0",
        ),
    )
