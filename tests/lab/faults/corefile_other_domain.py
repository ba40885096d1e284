# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS serves another domain than the one that pods ask for."""

from __future__ import annotations

from podnet_lab.cluster_changes import Corefile
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Cluster DNS serves another domain than the one that pods ask for."""

    truth = Truth(
        id="dns-config-wrong",
        location={"namespace": "kube-system"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    changes_pods = True
    changes = (Corefile("kubernetes cluster.local", "kubernetes cluster.example"),)
