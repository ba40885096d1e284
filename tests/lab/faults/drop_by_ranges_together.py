# SPDX-License-Identifier: GPL-3.0-or-later
"""A set of node-2 with ranges of addresses and ports together drops answers."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A set of node-2 with ranges of addresses and ports together drops answers."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        nft_chain(
            "node-2",
            "ip",
            "postrouting",
            "ip saddr . tcp sport . ip daddr @fenced drop",
            "-140",
            sets="set fenced {\ntype ipv4_addr . inet_service . ipv4_addr;\nflags interval;\n"
            "elements = { 10.244.2.0/24 . 8000-8100 . 10.244.1.0/24, 10.9.0.0/16 . 1-65535 . 10.8.0.0/16 }\n}",
        ),
    )
