# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy's DaemonSet leaves node-1 out, which knows nothing of a new Service.

Public report: Azure/acs-engine#531.
"""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service, serving

ELSEWHERE = {"key": "kubernetes.io/hostname", "operator": "NotIn", "values": ["node-1"]}
AFFINITY = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [ELSEWHERE]}]}
    }
}


class FaultClass(Made):
    """kube-proxy's DaemonSet leaves node-1 out, which knows nothing of a new Service."""

    truth = Truth(
        id="kube-proxy-missing",
        also=("kube-proxy-rules-stale",),
        location={"node": "node-1"},
        destination="service:default/late-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    settle_seconds = 90
    scene = (serving("late-1"),)
    changes = (
        Patched(
            "daemonset kube-proxy kube-system",
            {"spec": {"template": {"spec": {"affinity": AFFINITY}}}},
            {"spec": {"template": {"spec": {"affinity": None}}}},
            rollout=True,
        ),
        Objects((service("late-1"),)),
    )
