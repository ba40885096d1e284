# SPDX-License-Identifier: GPL-3.0-or-later
"""The router rejects what comes for node ports from outside."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The router rejects what comes for node ports from outside."""

    truth = Truth(id="network-blocked", location={}, source="host:outside", destination="node:node-1", port=30080)
    modes = ("iptables", "nftables")
    changes = (
        nft_chain(
            "fabric", "ip", "forward", 'iifname "outside" tcp dport 30000-32767 reject with icmp type admin-prohibited'
        ),
    )
