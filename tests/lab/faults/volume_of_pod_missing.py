# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod mounts a configuration that nobody has made, and its container is never made.

Public report: dromara/CloudEon#177, volcano-sh/volcano#1894.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

POD = pod(
    "mount-1",
    container={"volumeMounts": [{"name": "settings", "mountPath": "/etc/settings"}]},
    volumes=[{"name": "settings", "configMap": {"name": "nobody-made-it"}}],
)


class FaultClass(Made):
    """A pod mounts a configuration that nobody has made, and its container is never made."""

    # The container waits, and the pod with it: both are named by the same event.
    truth = Truth(
        id="container-not-ready",
        also=("pod-not-ready",),
        location={"namespace": "default", "pod": "mount-1"},
        destination="service:default/mount-1",
        port=80,
    )
    modes = ("host-gw", "nftables")
    born_broken = True
    changes = (Objects((POD, service("mount-1"))), Event("mount-1", "FailedMount"))
