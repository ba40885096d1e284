# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS was made anew without the token of its service account, and ends again and again."""

from __future__ import annotations

from podnet_lab.changes import Patched
from podnet_lab.cluster_changes import Anew
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Cluster DNS was made anew without the token of its service account, and ends again and again."""

    truth = Truth(
        id="container-not-ready",
        also=("dns-server-down", "readiness-probe-failing"),
        location={"namespace": "kube-system"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("nftables",)
    changes_pods = True
    settle_seconds = 60
    changes = (
        Patched(
            "deployment coredns kube-system",
            {"spec": {"template": {"metadata": {"annotations": {"example.com/turn": "1"}}}}},
            {"spec": {"template": {"metadata": {"annotations": None}}}},
            rollout=True,
        ),
        Patched(
            "serviceaccount coredns kube-system",
            {"automountServiceAccountToken": False},
            {"automountServiceAccountToken": None},
            kind="merge",
        ),
        Anew("k8s-app=kube-dns", "kube-system"),
    )
