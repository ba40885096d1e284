# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 writes another type into a pod's pings: what is answered is not what was asked."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 writes another type into a pod's pings: what is answered is not what was asked."""

    truth = Truth(
        id="packet-rewritten", location={"node": "node-1"}, destination="pod:default/client-2", protocol="icmp"
    )
    modes = ("nftables",)
    changes = (
        nft_chain(
            "node-1",
            "ip",
            "forward",
            "ip saddr <client-1> ip daddr <client-2> icmp type echo-request icmp type set timestamp-request",
            "10",
        ),
    )
