# SPDX-License-Identifier: GPL-3.0-or-later
"""A map of node-2 drops by its last element all others, and knows the client."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A map of node-2 drops by its last element all others, and knows the client."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        nft_chain(
            "node-2",
            "inet",
            "forward",
            "tcp dport 8080 ip saddr vmap @known",
            sets="map known {\ntype ipv4_addr : verdict\nelements = { <client-1> : accept, * : drop }\n}",
        ),
    )
