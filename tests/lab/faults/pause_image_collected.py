# SPDX-License-Identifier: GPL-3.0-or-later
"""The image that every pod begins with was collected as garbage on node-2, and cannot be had again.

Public report: awslabs/amazon-eks-ami#2166, replicatedhq/kURL#4077.
"""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """The image that every pod begins with was collected as garbage on node-2, and cannot be had again."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "late-1"},
        destination="pod:default/late-1",
        port=8080,
        access="ssh",
    )
    born_broken = True
    settle_seconds = 60
    changes = (
        Run(
            "node-2",
            """ctr -n k8s.io images tag podnet.lab/pause:1 podnet.lab/kept:1
            ctr -n k8s.io images rm --sync podnet.lab/pause:1""",
            """ctr -n k8s.io images tag podnet.lab/kept:1 podnet.lab/pause:1
            ctr -n k8s.io images rm podnet.lab/kept:1""",
        ),
        Objects((pod("late-1"),)),
        Event("late-1", "FailedCreatePodSandBox"),
    )
