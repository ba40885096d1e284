# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod wants a runtime that its node does not have."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

RUNTIME = {
    "apiVersion": "node.k8s.io/v1",
    "kind": "RuntimeClass",
    "metadata": {"name": "sandboxed"},
    "handler": "gvisor",
}


class FaultClass(Made):
    """A pod wants a runtime that its node does not have."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "boxed-1"},
        destination="service:default/boxed-1",
        port=80,
    )
    born_broken = True
    changes = (
        Objects((RUNTIME,)),
        Objects((pod("boxed-1", runtimeClassName="sandboxed"), service("boxed-1"))),
        Event("boxed-1", "FailedCreatePodSandBox"),
    )
