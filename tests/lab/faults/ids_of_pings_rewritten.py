# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 writes another id into a pod's answers to pings."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 writes another id into a pod's answers to pings."""

    truth = Truth(
        id="packet-rewritten", location={"node": "node-2"}, destination="pod:default/client-2", protocol="icmp"
    )
    modes = ("nftables", "host-gw")
    changes = (nft_chain("node-2", "ip", "forward", "ip saddr <client-2> icmp type echo-reply icmp id set 7", "10"),)
