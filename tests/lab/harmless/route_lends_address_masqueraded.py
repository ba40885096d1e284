# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's route to the other node's pods lends an address that is masqueraded."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1's route to the other node's pods lends an address that is masqueraded."""

    truth = Truth(id="", source="node:node-1", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Run(
            "node-1",
            "ip addr add 10.98.7.1/32 dev lo\n"
            "ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink src 10.98.7.1",
            "ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink\nip addr del 10.98.7.1/32 dev lo",
        ),
    )
