# SPDX-License-Identifier: GPL-3.0-or-later
"""A route of node-1 takes one pod's address for an anycast address, to which nothing is forwarded."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A route of node-1 takes one pod's address for an anycast address, to which nothing is forwarded."""

    truth = Truth(id="route-wrong", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (Run("node-1", "ip route add anycast <web-2>/32 dev flannel.1", "ip route del anycast <web-2>/32"),)
