# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-1's bridge marks a pod's frames, and a routing rule throws away what has the mark."""

from __future__ import annotations

from podnet_lab.changes import Run, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule of node-1's bridge marks a pod's frames, and a routing rule throws away what has the mark."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables", "host-gw")
    changes = (
        nft_chain(
            "node-1",
            "bridge",
            "prerouting",
            "iifname <client-1.veth> ip daddr 10.244.2.0/24 meta mark set 0x51",
            "-200",
        ),
        Run("node-1", "ip rule add pref 51 fwmark 0x51 blackhole", "ip rule del pref 51"),
    )
