# SPDX-License-Identifier: GPL-3.0-or-later
"""The switch lets no ARP of node-2 pass to node-1: its table of leases does not have it."""

from __future__ import annotations

from podnet_lab.changes import Run, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made

TOLD = """
ether type arp arp saddr ip 192.0.2.12 arp daddr ip 192.0.2.11 counter drop
"""


class FaultClass(Made):
    """The switch lets no ARP of node-2 pass to node-1: its table of leases does not have it."""

    truth = Truth(id="neighbour-failed", also=("network-blocked",), destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    changes = (
        nft_chain("fabric", "bridge", "forward", TOLD),
        Run("node-1", "ip neigh flush to 192.0.2.12"),
        Run("node-2", "ip neigh flush to 192.0.2.11"),
    )
