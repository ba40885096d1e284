# SPDX-License-Identifier: GPL-3.0-or-later
"""A container's image is on no node."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A container's image is on no node."""

    truth = Truth(
        id="container-not-ready",
        location={"namespace": "default", "pod": "image-1"},
        destination="service:default/image-1",
        port=80,
    )
    born_broken = True
    changes = (
        Objects(
            (pod("image-1", container={"image": "podnet.lab/nosuch:1", "imagePullPolicy": "Never"}), service("image-1"))
        ),
        Event("image-1", "ErrImageNeverPull"),
    )
