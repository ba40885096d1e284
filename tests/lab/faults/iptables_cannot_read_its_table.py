# SPDX-License-Identifier: GPL-3.0-or-later
"""iptables of node-1 cannot read a rule that nft put into its table: kube-proxy, started anew, writes nothing.

Public report: cloudnativelabs/kube-router#1777, ubicloud/ubicloud#2966.
"""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.cluster_changes import PodOf
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service, serving

FIND = "nft -a list chain ip nat POSTROUTING | sed -n 's/.*edge-nat.*handle //p'"


class FaultClass(Made):
    """iptables of node-1 cannot read a rule that nft put into its table: kube-proxy, started anew, writes nothing."""

    truth = Truth(
        id="kube-proxy-missing",
        also=("kube-proxy-rules-stale",),
        location={"node": "node-1"},
        destination="service:default/late-1",
        port=80,
    )
    modes = ("iptables", "host-gw")
    born_broken = True
    settle_seconds = 60
    scene = (serving("late-1"),)
    changes = (
        PodOf("node-1", "k8s-app=kube-proxy", "kube-system"),
        Run(
            "node-1",
            "nft insert rule ip nat POSTROUTING ct state invalid counter comment edge-nat",
            f"""sh -c "nft delete rule ip nat POSTROUTING handle $({FIND})" """,
        ),
        PodOf("node-1", "k8s-app=kube-proxy", "kube-system", after=False),
        Objects((service("late-1"),)),
    )
