# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops what a node port has led to a pod, and the pod itself drops it, too."""

from __future__ import annotations

from podnet_lab.changes import Objects, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.truth import Cause


class FaultClass(Made):
    """node-1 drops what a node port has led to a pod, and the pod itself drops it, too."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1"},
        second=Cause("netfilter-drop", {"namespace": "default", "pod": "port-1"}),
        source="host:outside",
        destination="node:node-1",
        port=30096,
    )
    modes = ("nftables", "host-gw")
    scene = (Objects((pod("port-1"), service("port-1", type="NodePort", nodePort=30096)), ready=("port-1",)),)
    changes = (
        nft_chain("node-1", "ip", "postrouting", "ip daddr <port-1> tcp dport 8080 drop", "-150"),
        nft_chain("node-2", "ip", "input", "tcp dport 8080 drop", pod="port-1"),
    )
