# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy of node-1 sleeps, and still keeps a node port to its own pods, as the Service wanted before."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Objects, Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.settled import Fails
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """kube-proxy of node-1 sleeps, and still keeps a node port to its own pods, as the Service wanted before."""

    truth = Truth(
        id="kube-proxy-rules-stale",
        location={"node": "node-1"},
        source="host:outside",
        destination="node:node-1",
        port=30197,
    )
    modes = ("nftables", "host-gw")
    scene = (Objects((pod("wide-1"), service("wide-1", type="NodePort", nodePort=30197)), ready=("wide-1",)),)
    changes = (
        Patched(
            "service wide-1",
            {"spec": {"externalTrafficPolicy": "Local"}},
            {"spec": {"externalTrafficPolicy": "Cluster"}},
        ),
        Fails(Traffic("host:outside", "<node-1>", 30197)),
        Frozen("node-1", "kube-proxy"),
        Patched(
            "service wide-1",
            {"spec": {"externalTrafficPolicy": "Cluster"}},
            {"spec": {"externalTrafficPolicy": "Cluster"}},
        ),
    )
