# SPDX-License-Identifier: GPL-3.0-or-later
"""A native table of node-2 drops a NodePort's packets at priority -150, seen from outside."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A native table of node-2 drops a NodePort's packets at priority -150, seen from outside."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-2"}, source="host:outside", destination="node:node-2", port=30080
    )
    changes = (nft_chain("node-2", "inet", "prerouting", 'iifname "eth0" tcp dport 30080 drop', "-150"),)
