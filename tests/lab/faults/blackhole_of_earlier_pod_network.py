# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 still swallows the pod network that it had before, and another node's is in that now."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 still swallows the pod network that it had before, and another node's is in that now."""

    truth = Truth(id="route-blackhole", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (Run("node-1", "ip route add blackhole 10.244.2.0/25", "ip route del blackhole 10.244.2.0/25"),)
