# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 resets connections to a node port above four a second, by the port they had before the translation."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-1 resets connections to a node port above four a second, by the port they had before the translation."""

    truth = Truth(
        id="connection-limit", location={"node": "node-1"}, source="host:outside", destination="node:node-1", port=30080
    )
    traffic = Traffic("host:outside", "<node-1>", 30080, seconds=0.7)
    attempts = 30
    lost = (8, 30)
    changes = (
        nft_chain(
            "node-1",
            "inet",
            "forward",
            "meta l4proto tcp ct original proto-dst 30080 ct state new "
            "limit rate over 4/second burst 4 packets counter reject with tcp reset",
            "-5",
        ),
    )
