# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2's bridge drops what a set of hardware addresses sends to the node itself: the answers to other nodes."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2's bridge drops what a set of hardware addresses sends to the node itself: the answers to other nodes."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        nft_chain(
            "node-2",
            "bridge",
            "input",
            "ip protocol tcp ether saddr @strange counter drop",
            sets="set strange {\ntype ether_addr;\nelements = { <web-2.mac>, 02:00:5e:00:53:99 }\n}",
        ),
    )
