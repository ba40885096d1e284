# SPDX-License-Identifier: GPL-3.0-or-later
"""A netdev chain at eth0 of node-2 drops VXLAN before the node's own stack sees it."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A netdev chain at eth0 of node-2 drops VXLAN before the node's own stack sees it."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (nft_chain("node-2", "netdev", "ingress device eth0", "udp dport 8472 drop"),)
