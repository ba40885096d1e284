# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 lets a server have 600 bytes a second."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 lets a server have 600 bytes a second."""

    truth = Truth(
        id="connection-limit",
        also=("netfilter-drop",),  # what is limited are bytes, not connections
        location={"node": "node-2"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables",)
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, seconds=0.7)
    attempts = 20
    lost = (4, 20)
    changes = (
        nft_chain(
            "node-2",
            "ip",
            "forward",
            "ip daddr <web-2> tcp dport 8080 limit rate over 600 bytes/second burst 400 bytes counter drop",
        ),
    )
