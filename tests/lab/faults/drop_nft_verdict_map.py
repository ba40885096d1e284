# SPDX-License-Identifier: GPL-3.0-or-later
"""A verdict map of node-1, by address and port together, drops one pod's port."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A verdict map of node-1, by address and port together, drops one pod's port."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (
        nft_chain(
            "node-1",
            "ip",
            "forward",
            "ip daddr . tcp dport vmap @decisions",
            sets="map decisions {\ntype ipv4_addr . inet_service : verdict;\n"
            "elements = { <web-2> . 8080 : drop, 203.0.113.9 . 80 : accept }\n}",
        ),
    )
