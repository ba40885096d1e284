# SPDX-License-Identifier: GPL-3.0-or-later
"""A container ends again and again."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A container ends again and again."""

    truth = Truth(
        id="container-not-ready",
        location={"namespace": "default", "pod": "crash-1"},
        destination="service:default/crash-1",
        port=80,
    )
    born_broken = True
    changes = (
        Objects((pod("crash-1", command=["sh", "-c", "echo no database; exit 3"]), service("crash-1"))),
        Event("crash-1", "BackOff"),
    )
