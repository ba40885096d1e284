# SPDX-License-Identifier: GPL-3.0-or-later
"""The pod that asks waits for an init container that never ends, in which no name is resolved."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

WAITING = pod(
    "waiting-2",
    "node-1",
    initContainers=[
        {"name": "wait", "image": "podnet.lab/nosuch:1", "imagePullPolicy": "Never", "command": ["sleep", "infinity"]}
    ],
)


class FaultClass(Made):
    """The pod that asks waits for an init container that never ends, in which no name is resolved."""

    truth = Truth(
        id="container-not-ready",
        also=("pod-not-ready",),
        location={"namespace": "default", "pod": "waiting-2"},
        source="pod:default/waiting-2",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (Objects((WAITING,)), Event("waiting-2", "ErrImageNeverPull"))
