# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 gives what a pod sends the source address of the node that receives it."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 gives what a pod sends the source address of the node that receives it."""

    truth = Truth(id="snat-wrong", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (Rule("node-1", "nat POSTROUTING -s <client-1>/32 -d <web-2>/32 -j SNAT --to-source 10.244.2.1"),)
