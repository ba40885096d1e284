# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 sends to node-2 by the address of all: node-2 takes what is for itself, and forwards nothing."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 sends to node-2 by the address of all: node-2 takes what is for itself, and forwards nothing."""

    truth = Truth(id="neighbour-failed", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("host-gw",)
    changes = (
        Run(
            "node-1",
            "ip neigh replace 192.0.2.12 lladdr ff:ff:ff:ff:ff:ff dev eth0 nud permanent",
            "ip neigh del 192.0.2.12 dev eth0",
        ),
    )
