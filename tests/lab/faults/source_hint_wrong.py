# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's route to node-2's pods makes its own programs send from an address that only node-1 knows."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1's route to node-2's pods makes its own programs send from an address that only node-1 knows."""

    about = "node-1's route to node-2's pods makes its own programs send from an address that only node-1 knows"
    truth = Truth(
        id="source-address-wrong",
        location={"node": "node-1"},
        source="node:node-1",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (
        Run(
            "node-1",
            """ip addr add 172.16.99.1/32 dev lo
            ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink src 172.16.99.1""",
            """ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink
            ip addr del 172.16.99.1/32 dev lo""",
        ),
    )
