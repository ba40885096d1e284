# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks for a label that no node has."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A pod asks for a label that no node has."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "homeless-1"},
        destination="service:default/homeless-1",
        port=80,
    )
    born_broken = True
    changes = (
        Objects((pod("homeless-1", nodeName=None, nodeSelector={"disk": "fast"}), service("homeless-1"))),
        Event("homeless-1", "FailedScheduling"),
    )
