# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2's bridge family drops ARP to the server."""

from __future__ import annotations

from podnet_lab.changes import Run, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2's bridge family drops ARP to the server."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        nft_chain("node-2", "bridge", "output", "oifname <web-2.veth> ether type arp drop"),
        Run("node-2", "ip neigh flush dev cni0"),
    )
