# SPDX-License-Identifier: GPL-3.0-or-later
"""A stray address of node-2 has the server's address for its broadcast address."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A stray address of node-2 has the server's address for its broadcast address."""

    truth = Truth(id="route-wrong", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Run("node-2", "ip addr add 10.244.99.1/32 broadcast <web-2> dev cni0", "ip addr del 10.244.99.1/32 dev cni0"),
    )
