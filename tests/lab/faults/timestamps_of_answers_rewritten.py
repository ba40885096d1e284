# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 writes another time into what a server sends after the handshake: to half of its clients it is old."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 writes another time into what a server sends after the handshake: to half of its clients it is old."""

    truth = Truth(id="packet-rewritten", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=100)
    attempts = 24
    lost = (3, 22)
    changes = (
        nft_chain(
            "node-2",
            "ip",
            "forward",
            "ip saddr <web-2> tcp sport 8080 tcp flags & syn == 0 tcp option timestamp tsval set 1",
        ),
    )
