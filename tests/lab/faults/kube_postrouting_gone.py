# SPDX-License-Identifier: GPL-3.0-or-later
"""The jump to kube-proxy's masquerading is gone on node-1: a NodePort's answers go another way."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

JUMP = "POSTROUTING -m comment --comment 'kubernetes postrouting rules' -j KUBE-POSTROUTING"


class FaultClass(Made):
    """The jump to kube-proxy's masquerading is gone on node-1: a NodePort's answers go another way."""

    truth = Truth(
        id="snat-missing", location={"node": "node-1"}, source="host:outside", destination="node:node-1", port=30091
    )
    modes = ("iptables", "host-gw")
    scene = (Objects((pod("far-3", "node-2"), service("far-3", type="NodePort", nodePort=30091)), ready=("far-3",)),)
    changes = (
        Frozen("node-1", "kube-proxy"),
        Run("node-1", f"iptables -w 10 -t nat -D {JUMP}", f"iptables -w 10 -t nat -I {JUMP}"),
    )
