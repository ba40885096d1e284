# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 rejects what accepts a connection: the server is told, and the client hears nothing."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 rejects what accepts a connection: the server is told, and the client hears nothing."""

    truth = Truth(id="netfilter-reject", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (
        nft_chain(
            "node-2",
            "inet",
            "forward",
            "ip saddr <web-2> tcp sport 8080 tcp flags & (syn | ack) == (syn | ack) reject with icmpx admin-prohibited",
        ),
    )
