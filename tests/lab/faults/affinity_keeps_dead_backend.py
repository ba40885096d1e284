# SPDX-License-Identifier: GPL-3.0-or-later
"""Session affinity keeps one client at a pod that serves nothing.

Public report: kubernetes/kubernetes#110302.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Tried
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """Session affinity keeps one client at a pod that serves nothing."""

    truth = Truth(
        id="port-not-listening",
        location={"namespace": "default", "pod": "worker-1"},
        destination="service:default/api",
        port=80,
    )
    born_broken = True
    changes = (
        Objects(
            (
                pod("worker-1", command=["sleep", "infinity"], labels={"app": "api"}),
                service("api", sessionAffinity="ClientIP"),
            ),
            ready=("worker-1",),
        ),
        Tried(Traffic("pod:default/client-1", "<service:api>", 80)),
        Objects((pod("api-1", labels={"app": "api"}),), ready=("api-1",)),
    )
