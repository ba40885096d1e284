# SPDX-License-Identifier: GPL-3.0-or-later
"""The image that holds the namespaces of pods was cleared away on node-2: a new pod does not start."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """The image that holds the namespaces of pods was cleared away on node-2: a new pod does not start."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "late-1"},
        destination="service:default/late-1",
        port=80,
        access="ssh",
    )
    born_broken = True
    changes = (
        Run(
            "node-2",
            """ctr -n k8s.io images tag podnet.lab/pause:1 podnet.lab/kept:1
            ctr -n k8s.io images rm podnet.lab/pause:1""",
            """ctr -n k8s.io images tag podnet.lab/kept:1 podnet.lab/pause:1
            ctr -n k8s.io images rm podnet.lab/kept:1""",
        ),
        Objects((pod("late-1"), service("late-1"))),
        Event("late-1", "FailedCreatePodSandBox"),
    )
