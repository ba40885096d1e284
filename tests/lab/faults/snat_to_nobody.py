# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 gives what its pods send to node-2 a source address that nobody has."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 gives what its pods send to node-2 a source address that nobody has."""

    truth = Truth(id="snat-wrong", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables", "host-gw")
    changes = (Rule("node-1", "nat POSTROUTING -s <client-1>/32 -d 10.244.2.0/24 -j SNAT --to-source 198.51.100.77"),)
