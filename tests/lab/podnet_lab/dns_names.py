# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS by another name: the Service that the pods ask is made anew, with the same address and selector."""

from __future__ import annotations

from typing import Any

from .changes import Change, Objects
from .cluster_changes import Gone
from .config import CLUSTER_DNS_ADDRESS

_LABELS = {"k8s-app": "kube-dns"}


def _service(name: str) -> Objects:
    ports = [
        {"name": "dns", "port": 53, "protocol": "UDP"},
        {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
        {"name": "metrics", "port": 9153, "protocol": "TCP"},
    ]
    item: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "kube-system", "labels": _LABELS},
        "spec": {"clusterIP": CLUSTER_DNS_ADDRESS, "selector": _LABELS, "ports": ports},
    }
    return Objects((item,))


def renamed(name: str = "rke2-coredns-rke2-coredns") -> tuple[Change, ...]:
    """Kubernetes' own name goes, and another one takes its address."""
    return Gone(_service("kube-dns")), _service(name)
