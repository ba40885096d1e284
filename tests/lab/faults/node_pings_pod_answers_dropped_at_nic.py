# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops the answers of a pod to its own pings where they enter."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops the answers of a pod to its own pings where they enter."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1"},
        source="node:node-1",
        destination="pod:default/client-2",
        protocol="icmp",
    )
    modes = ("nftables", "host-gw")
    changes = (nft_chain("node-1", "inet", "input", "ip saddr <client-2> icmp type echo-reply drop", "-1"),)
