# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops requests by the first bytes of their data."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 drops requests by the first bytes of their data."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=10)
    changes = (
        nft_chain(
            "node-2", "ip", "forward", "ip daddr <web-2> tcp dport 8080 @ih,0,32 { 0x504f5354, 0x47455420 } drop"
        ),
    )
