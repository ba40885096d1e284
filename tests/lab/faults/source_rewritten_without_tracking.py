# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 rewrites the client's address without keeping track of it."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 rewrites the client's address without keeping track of it."""

    truth = Truth(id="snat-wrong", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        nft_chain(
            "node-1", "ip", "postrouting", "ip saddr <client-1> ip daddr 10.244.2.0/24 ip saddr set 10.244.1.251", "110"
        ),
    )
