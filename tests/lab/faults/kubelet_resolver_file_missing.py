# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2's kubelet names a resolver's file that is not there, and no new pod of the node comes up.

Public report: kubernetes/kubernetes#103110, kubernetes-sigs/kubespray#11810.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.daemons import KubeletSays
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """node-2's kubelet names a resolver's file that is not there, and no new pod of the node comes up."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "late-1"},
        destination="service:default/late-1",
        port=80,
        access="ssh",
    )
    born_broken = True
    settle_seconds = 60
    changes = (
        KubeletSays("node-2", "cgroupfs", 'cgroupfs", "resolvConf": "/run/systemd/resolve/resolv.conf'),
        Objects((pod("late-1"), service("late-1"))),
        Event("late-1", "FailedCreatePodSandBox"),
    )
