# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS selects nothing, and neither does the Service behind the name."""

from __future__ import annotations

from podnet_lab.changes import Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.truth import Cause


class FaultClass(Made):
    """Cluster DNS selects nothing, and neither does the Service behind the name."""

    truth = Truth(
        id="service-selector-mismatch",
        location={"namespace": "kube-system", "service": "kube-dns"},
        second=Cause(
            "service-selector-mismatch", {"namespace": "default", "service": "web"}, ("service-no-endpoints",)
        ),
        destination="web.default.svc.cluster.local",
        port=80,
    )
    changes = (
        Patched(
            "service kube-dns kube-system",
            {"spec": {"selector": {"k8s-app": "coredns"}}},
            {"spec": {"selector": {"k8s-app": "kube-dns"}}},
        ),
        Patched("service web", {"spec": {"selector": {"app": "website"}}}, {"spec": {"selector": {"app": "web"}}}),
    )
