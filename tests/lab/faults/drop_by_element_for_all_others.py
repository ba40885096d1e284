# SPDX-License-Identifier: GPL-3.0-or-later
"""A map of node-2 decides by address, and drops by its last element all others."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A map of node-2 decides by address, and drops by its last element all others."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        nft_chain(
            "node-2",
            "inet",
            "forward",
            "tcp dport 8080 ip saddr vmap @known",
            sets="map known {\ntype ipv4_addr : verdict\nelements = { 10.244.1.250 : accept, * : drop }\n}",
        ),
    )
