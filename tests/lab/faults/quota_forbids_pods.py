# SPDX-License-Identifier: GPL-3.0-or-later
"""A quota of the namespace allows no pod more: the workload behind a Service has none."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

WHERE = {"name": "tight-1", "namespace": "tight"}
QUOTA = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": WHERE, "spec": {"hard": {"pods": "0"}}}
TEMPLATE = pod("tight-1", node="node-2")
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": WHERE,
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "tight-1"}},
        "template": {"metadata": {"labels": {"app": "tight-1"}}, "spec": TEMPLATE["spec"]},
    },
}


class FaultClass(Made):
    """A quota of the namespace allows no pod more: the workload behind a Service has none."""

    truth = Truth(
        id="service-no-endpoints",
        also=("service-selector-mismatch",),
        location={"namespace": "tight", "service": "tight-1"},
        destination="service:tight/tight-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "tight"}}, QUOTA)),
        Objects((DEPLOYMENT, service("tight-1", namespace="tight"))),
    )
