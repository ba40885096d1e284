# SPDX-License-Identifier: GPL-3.0-or-later
"""A DaemonSet wants a label that no node has: its Service has no pod."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

LABELS = {"app": "per-node"}
DAEMONSET = {
    "apiVersion": "apps/v1",
    "kind": "DaemonSet",
    "metadata": {"name": "per-node", "namespace": "default"},
    "spec": {
        "selector": {"matchLabels": LABELS},
        "template": {
            "metadata": {"labels": LABELS},
            "spec": {**pod("per-node")["spec"], "nodeName": None, "nodeSelector": {"role": "edge"}},
        },
    },
}


class FaultClass(Made):
    """A DaemonSet wants a label that no node has: its Service has no pod."""

    truth = Truth(
        id="service-no-endpoints",
        also=("service-selector-mismatch",),
        location={"namespace": "default", "service": "per-node"},
        destination="service:default/per-node",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (Objects((DAEMONSET, service("per-node"))),)
