# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 writes a reset into each packet of data that the server sends."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 writes a reset into each packet of data that the server sends."""

    truth = Truth(id="packet-rewritten", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "iptables")
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=100)
    changes = (
        nft_chain(
            "node-2", "ip", "forward", "ip saddr <web-2> tcp sport 8080 tcp flags & psh == psh tcp flags set rst", "10"
        ),
    )
