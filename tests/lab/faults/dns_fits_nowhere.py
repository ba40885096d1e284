# SPDX-License-Identifier: GPL-3.0-or-later
"""All nodes have a taint that cluster DNS does not tolerate, and its pod was made anew."""

from __future__ import annotations

from podnet_lab.changes import Patched
from podnet_lab.cluster_changes import Anew
from podnet_lab.faults import Truth
from podnet_lab.made import Made

NODES = ("node-1", "node-2")
TAINT = {"key": "maintenance", "value": "yes", "effect": "NoSchedule"}


class FaultClass(Made):
    """All nodes have a taint that cluster DNS does not tolerate, and its pod was made anew."""

    truth = Truth(
        id="pod-not-ready",
        also=("dns-server-down",),
        location={"namespace": "kube-system"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    changes_pods = True
    settle_seconds = 60
    changes = (
        *(
            Patched(f"node {node}", {"spec": {"taints": [TAINT]}}, {"spec": {"taints": None}}, kind="merge")
            for node in NODES
        ),
        Anew("k8s-app=kube-dns", "kube-system"),
    )
