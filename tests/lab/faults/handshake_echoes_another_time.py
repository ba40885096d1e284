# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 writes another time into what the server echoes in the handshake: the client resets it."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 writes another time into what the server echoes in the handshake: the client resets it."""

    truth = Truth(id="packet-rewritten", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (
        nft_chain(
            "node-2",
            "ip",
            "forward",
            "ip saddr <web-2> tcp sport 8080 tcp flags & syn == syn tcp option timestamp tsecr set 1",
        ),
    )
