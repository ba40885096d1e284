# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 tracks what comes by the bridge and by the tunnel in zones of their own: answers from afar are new."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 tracks what comes by the bridge and by the tunnel in zones of their own: answers from afar are new."""

    truth = Truth(id="conntrack-bypassed", location={"node": "node-1"}, destination="service:default/web", port=80)
    modes = ("nftables", "iptables", "three")
    attempts = 24
    lost = (3, 22)
    changes = (
        nft_chain("node-1", "ip", "prerouting", 'ct zone set iifname map { "cni0" : 1, "flannel.1" : 2 }', "-300"),
    )
