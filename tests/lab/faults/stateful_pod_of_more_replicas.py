# SPDX-License-Identifier: GPL-3.0-or-later
"""The client asks for the second pod of a StatefulSet that has one replica now."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.config import IMAGE_PYTHON
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server, service
from podnet_lab.traffic import Traffic

STATEFUL = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {"name": "db", "namespace": "default"},
    "spec": {
        "serviceName": "db",
        "replicas": 2,
        "podManagementPolicy": "Parallel",
        "selector": {"matchLabels": {"app": "db"}},
        "template": {
            "metadata": {"labels": {"app": "db"}},
            "spec": {
                "terminationGracePeriodSeconds": 0,
                "containers": [
                    {"name": "app", "image": IMAGE_PYTHON, "imagePullPolicy": "IfNotPresent", "command": http_server()}
                ],
            },
        },
    },
}


class FaultClass(Made):
    """The client asks for the second pod of a StatefulSet that has one replica now."""

    truth = Truth(
        id="dns-name-missing",
        location={"namespace": "default"},
        destination="db-1.db.default.svc.cluster.local",
        port=8080,
    )
    modes = ("iptables", "nftables")
    settle_seconds = 60
    traffic = Traffic("pod:default/client-1", "db-1.db.default.svc.cluster.local", 8080, "name")
    scene = (
        Objects((STATEFUL, service("db", clusterIP="None", port=8080))),
        Patched("statefulset db", {"spec": {"replicas": 2}}, {"spec": {"replicas": 2}}, rollout=True),
    )
    changes = (Patched("statefulset db", {"spec": {"replicas": 1}}, {"spec": {"replicas": 2}}, rollout=True),)
