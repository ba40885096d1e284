# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod mounts a ConfigMap that nobody has made."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

VOLUME = {"name": "conf", "configMap": {"name": "nobody-made-it"}}
MOUNT = {"name": "conf", "mountPath": "/conf"}


class FaultClass(Made):
    """A pod mounts a ConfigMap that nobody has made."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "mount-1"},
        destination="service:default/mount-1",
        port=80,
    )
    born_broken = True
    changes = (
        Objects((pod("mount-1", volumes=[VOLUME], container={"volumeMounts": [MOUNT]}), service("mount-1"))),
        Event("mount-1", "FailedMount"),
    )
