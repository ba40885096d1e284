# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS is to be asked on the own node only, and its pod is there."""

from __future__ import annotations

from podnet_lab.changes import Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Cluster DNS is to be asked on the own node only, and its pod is there."""

    truth = Truth(id="", destination="web.default.svc.cluster.local", port=80)
    modes = ("nftables",)
    changes_pods = True
    scene = (
        Patched(
            "deployment coredns kube-system",
            {"spec": {"template": {"spec": {"nodeSelector": {"kubernetes.io/hostname": "node-1"}}}}},
            {"spec": {"template": {"spec": {"nodeSelector": None}}}},
            rollout=True,
        ),
    )
    changes = (
        Patched(
            "service kube-dns kube-system",
            {"spec": {"internalTrafficPolicy": "Local"}},
            {"spec": {"internalTrafficPolicy": "Cluster"}},
        ),
    )
