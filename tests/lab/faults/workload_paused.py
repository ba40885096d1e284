# SPDX-License-Identifier: GPL-3.0-or-later
"""A Deployment was paused before it made a pod, and nobody let it go on."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

WHERE = {"name": "rest-1", "namespace": "rest"}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": WHERE,
    "spec": {
        "replicas": 1,
        "paused": True,
        "selector": {"matchLabels": {"app": "rest-1"}},
        "template": {"metadata": {"labels": {"app": "rest-1"}}, "spec": pod("rest-1")["spec"]},
    },
}


class FaultClass(Made):
    """A Deployment was paused before it made a pod, and nobody let it go on."""

    truth = Truth(
        id="service-no-endpoints",
        also=("service-selector-mismatch",),
        location={"namespace": "rest", "service": "rest-1"},
        destination="service:rest/rest-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "rest"}},)),
        Objects((DEPLOYMENT, service("rest-1", namespace="rest"))),
    )
