# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 has lost its route to node-2's pods, and its router sends all pods' packets back: they go in a circle."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

ROUTE = "10.244.2.0/24 via 192.0.2.12 dev eth0"


class FaultClass(Made):
    """node-1 has lost its route to node-2's pods, and its router sends all pods' packets back: they go in a circle."""

    truth = Truth(id="route-missing", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("host-gw",)
    scene = (Run("fabric", "ip route add 10.244.0.0/16 via 192.0.2.11", "ip route del 10.244.0.0/16 via 192.0.2.11"),)
    changes = (Frozen("node-1", "flanneld"), Run("node-1", f"ip route del {ROUTE}", f"ip route replace {ROUTE}"))
