# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS was installed anew, and its Service has another address than the one that pods were told."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Gone
from podnet_lab.faults import Truth
from podnet_lab.made import Made

LABELS = {"k8s-app": "kube-dns"}


def dns_service(address: str) -> Objects:
    """The Service of cluster DNS, with that address."""
    ports = [
        {"name": "dns", "port": 53, "protocol": "UDP"},
        {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
        {"name": "metrics", "port": 9153, "protocol": "TCP"},
    ]
    labels = {**LABELS, "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"}
    item = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kube-dns", "namespace": "kube-system", "labels": labels},
        "spec": {"clusterIP": address, "selector": LABELS, "ports": ports},
    }
    return Objects((item,))


class FaultClass(Made):
    """Cluster DNS was installed anew, and its Service has another address than the one that pods were told."""

    truth = Truth(
        id="dns-config-wrong",
        location={"namespace": "default", "pod": "client-1"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("nftables",)
    changes = (Gone(dns_service("10.96.0.10")), dns_service("10.96.0.53"))
