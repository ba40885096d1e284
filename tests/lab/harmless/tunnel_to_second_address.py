# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's tunnel sends to another address of node-2."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1's tunnel sends to another address of node-2."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Run("node-2", "ip addr add 192.0.2.112/24 dev eth0", "ip addr del 192.0.2.112/24 dev eth0"),
        Run(
            "node-1",
            "bridge fdb replace <node-2.vtep> dev flannel.1 dst 192.0.2.112 self permanent",
            "bridge fdb replace <node-2.vtep> dev flannel.1 dst 192.0.2.12 self permanent",
        ),
    )
