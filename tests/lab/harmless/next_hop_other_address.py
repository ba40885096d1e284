# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's route to node-2's pods leads to another address of node-2."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1's route to node-2's pods leads to another address of node-2."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("host-gw",)
    changes = (
        Run("node-2", "ip address add 192.0.2.77/32 dev eth0", "ip address del 192.0.2.77/32 dev eth0"),
        Run(
            "node-1",
            "ip route add 10.244.2.0/25 via 192.0.2.77 dev eth0 onlink\n"
            "ip route add 10.244.2.128/25 via 192.0.2.77 dev eth0 onlink",
            "ip route del 10.244.2.0/25\nip route del 10.244.2.128/25",
        ),
    )
