# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy of node-1 is stopped, and still sends to a pod that is gone; its successor has another address."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Objects
from podnet_lab.cluster_changes import Gone
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """kube-proxy of node-1 is stopped, and still sends to a pod that is gone; its successor has another address."""

    truth = Truth(
        id="kube-proxy-rules-stale", location={"node": "node-1"}, destination="service:default/moved-1", port=80
    )
    modes = ("iptables", "nftables")
    scene = (Objects((pod("moved-1", labels={"app": "moved-1"}), service("moved-1")), ready=("moved-1",)),)
    changes = (
        Frozen("node-1", "kube-proxy"),
        Objects((pod("moved-2", labels={"app": "moved-1"}),), ready=("moved-2",)),
        Gone(Objects((pod("moved-1", labels={"app": "moved-1"}),), ready=("moved-1",))),
    )
