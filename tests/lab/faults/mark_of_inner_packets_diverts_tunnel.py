# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 marks a pod's packets after their route is found, and the mark takes away the tunnel's own."""

from __future__ import annotations

from podnet_lab.changes import Run, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 marks a pod's packets after their route is found, and the mark takes away the tunnel's own."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables",)
    changes = (
        nft_chain("node-1", "ip", "postrouting", "ip saddr <client-1> ip daddr 10.244.2.0/24 meta mark set 0x33", "50"),
        Run("node-1", "ip rule add pref 52 fwmark 0x33 blackhole", "ip rule del pref 52"),
    )
