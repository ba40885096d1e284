# SPDX-License-Identifier: GPL-3.0-or-later
"""The network from node-2 to node-1 drops the tunnel's large packets, and says nothing."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """The network from node-2 to node-1 drops the tunnel's large packets, and says nothing."""

    truth = Truth(id="path-mtu-blackhole", destination="pod:default/client-2", protocol="icmp")
    modes = ("iptables", "nftables")
    traffic = Traffic("pod:default/client-1", "<client-2>", protocol="icmp", size=1300)
    changes = (
        nft_chain(
            "fabric", "bridge", "forward", "ip saddr <node-2> ip daddr <node-1> udp dport 8472 ip length > 1200 drop"
        ),
    )
