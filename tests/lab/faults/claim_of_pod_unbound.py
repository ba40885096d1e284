# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod claims a volume that nobody provides, and is never placed."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "store", "namespace": "default"},
    "spec": {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "fast",
        "resources": {"requests": {"storage": "1Gi"}},
    },
}
POD = pod("store-1", nodeName=None, volumes=[{"name": "store", "persistentVolumeClaim": {"claimName": "store"}}])


class FaultClass(Made):
    """A pod claims a volume that nobody provides, and is never placed."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "store-1"},
        destination="service:default/store-1",
        port=80,
    )
    modes = ("host-gw",)
    born_broken = True
    changes = (Objects((CLAIM, POD, service("store-1"))), Event("store-1", "FailedScheduling"))
