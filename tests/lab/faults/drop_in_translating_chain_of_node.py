# SPDX-License-Identifier: GPL-3.0-or-later
"""A chain of node-1 that translates what the node itself sends drops one port."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A chain of node-1 that translates what the node itself sends drops one port."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1"},
        source="node:node-1",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    changes = (
        Nft(
            "node-1",
            "inet",
            "chain first {\ntype nat hook output priority -120; policy accept;\n"
            "ip daddr <web-2> tcp dport 8080 drop\n}",
        ),
    )
