# SPDX-License-Identifier: GPL-3.0-or-later
"""One pod of a Service fails its readiness probe, and the image of the other one is nowhere."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, readiness, service
from podnet_lab.truth import Cause

LABELS = {"app": "both-down"}
NO_IMAGE = {"image": "podnet.lab/nosuch:1", "imagePullPolicy": "Never"}


class FaultClass(Made):
    """One pod of a Service fails its readiness probe, and the image of the other one is nowhere."""

    truth = Truth(
        id="readiness-probe-failing",
        location={"namespace": "default", "pod": "down-1"},
        second=Cause("container-not-ready", {"namespace": "default", "pod": "down-2"}),
        destination="service:default/both-down",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (
        Objects(
            (
                pod("down-1", "node-1", labels=LABELS, container=readiness(8081)),
                pod("down-2", "node-2", labels=LABELS, container=NO_IMAGE),
                service("both-down"),
            ),
            running=("down-1",),
        ),
        Event("down-2", "ErrImageNeverPull"),
        Event("down-1", "Unhealthy"),
    )
