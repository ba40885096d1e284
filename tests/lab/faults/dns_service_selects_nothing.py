# SPDX-License-Identifier: GPL-3.0-or-later
"""The Service of cluster DNS has a selector that no pod has."""

from __future__ import annotations

from podnet_lab.changes import Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The Service of cluster DNS has a selector that no pod has."""

    truth = Truth(
        id="service-selector-mismatch",
        explains=("dns-service-unreachable",),
        location={"namespace": "kube-system", "service": "kube-dns"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    changes = (
        Patched(
            "service kube-dns kube-system",
            {"spec": {"selector": {"k8s-app": "coredns"}}},
            {"spec": {"selector": {"k8s-app": "kube-dns"}}},
        ),
    )
