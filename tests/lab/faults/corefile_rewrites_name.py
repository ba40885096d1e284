# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS rewrites a Service's name to that of an ingress that is gone."""

from __future__ import annotations

from podnet_lab.cluster_changes import Corefile
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Cluster DNS rewrites a Service's name to that of an ingress that is gone."""

    truth = Truth(
        id="dns-name-missing",
        location={"namespace": "kube-system"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    changes_pods = True
    changes = (
        Corefile("errors", "errors\n    rewrite name web.default.svc.cluster.local ingress.front.svc.cluster.local"),
    )
