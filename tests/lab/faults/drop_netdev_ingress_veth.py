# SPDX-License-Identifier: GPL-3.0-or-later
"""A netdev chain at a pod's device on node-1 drops what the pod sends to port 8080."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A netdev chain at a pod's device on node-1 drops what the pod sends to port 8080."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (nft_chain("node-1", "netdev", "ingress device <client-1.veth>", "tcp dport 8080 drop"),)
