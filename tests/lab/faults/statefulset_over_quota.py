# SPDX-License-Identifier: GPL-3.0-or-later
"""A quota allows no pod more, and the workload behind a Service is a StatefulSet: only an event says so."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

WHERE = {"name": "ordered-1", "namespace": "narrow"}
STATEFULSET = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": WHERE,
    "spec": {
        "replicas": 1,
        "serviceName": "ordered-1",
        "selector": {"matchLabels": {"app": "ordered-1"}},
        "template": {"metadata": {"labels": {"app": "ordered-1"}}, "spec": pod("ordered-1")["spec"]},
    },
}
QUOTA = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": WHERE, "spec": {"hard": {"pods": "0"}}}


class FaultClass(Made):
    """A quota allows no pod more, and the workload behind a Service is a StatefulSet: only an event says so."""

    truth = Truth(
        id="service-no-endpoints",
        location={"namespace": "narrow", "service": "ordered-1"},
        destination="service:narrow/ordered-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "narrow"}}, QUOTA)),
        Objects((STATEFULSET, service("ordered-1", namespace="narrow"))),
    )
