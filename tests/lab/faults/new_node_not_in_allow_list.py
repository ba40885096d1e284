# SPDX-License-Identifier: GPL-3.0-or-later
"""node-3 joined the cluster, and the others' list of those who may send tunnel packets does not have it."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

RULES = """
set cluster_nodes {{
type ipv4_addr
elements = {{ {} }}
}}
chain input {{
type filter hook input priority filter - 5; policy accept;
udp dport 8472 ip saddr != @cluster_nodes counter drop
}}
"""
OLD_NODES = "192.0.2.11, 192.0.2.12"


class FaultClass(Made):
    """node-3 joined the cluster, and the others' list of those who may send tunnel packets does not have it."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/echo-3", port=8080)
    modes = ("three",)
    scene = (serving("echo-3", "node-3"),)
    changes = tuple(Nft(node, "inet", RULES.format(OLD_NODES), "cluster") for node in ("node-1", "node-2"))
