# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS has lost its right to read Services."""

from __future__ import annotations

from podnet_lab.changes import Patched
from podnet_lab.cluster_changes import Anew
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Cluster DNS has lost its right to read Services."""

    truth = Truth(
        id="readiness-probe-failing",
        location={"namespace": "kube-system"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    changes_pods = True
    settle_seconds = 60
    changes = (
        Patched(
            "clusterrole system:coredns",
            {"rules": []},
            {
                "rules": [
                    {
                        "apiGroups": [""],
                        "resources": ["endpoints", "services", "pods", "namespaces"],
                        "verbs": ["list", "watch"],
                    },
                    {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list", "watch"]},
                ]
            },
            kind="merge",
        ),
        Anew("k8s-app=kube-dns", "kube-system"),
    )
