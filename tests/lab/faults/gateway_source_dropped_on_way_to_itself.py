# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops a pod's packets to its own Service, after their source became the gateway's."""

from __future__ import annotations

from podnet_lab.changes import Objects, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """node-1 drops a pod's packets to its own Service, after their source became the gateway's."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1"},
        source="pod:default/own-1",
        destination="service:default/own-1",
        port=80,
    )
    modes = ("nftables", "host-gw")
    scene = (Objects((pod("own-1", "node-1"), service("own-1")), ready=("own-1",)),)
    changes = (
        nft_chain("node-1", "ip", "postrouting", "ip daddr <own-1> ip saddr != <own-1> tcp dport 8080 drop", "110"),
    )
