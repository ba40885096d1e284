# SPDX-License-Identifier: GPL-3.0-or-later
"""A chain of node-1 drops a port on every processor of the node."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A chain of node-1 drops a port on every processor of the node."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (nft_chain("node-1", "inet", "forward", "meta cpu 0-255 tcp dport 8080 drop"),)
