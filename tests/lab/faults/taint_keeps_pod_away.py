# SPDX-License-Identifier: GPL-3.0-or-later
"""The only node that a pod may use has a taint that it does not tolerate."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """The only node that a pod may use has a taint that it does not tolerate."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "tainted-1"},
        destination="service:default/tainted-1",
        port=80,
    )
    born_broken = True
    changes = (
        Patched(
            "node node-2",
            {"spec": {"taints": [{"key": "gpu", "value": "only", "effect": "NoSchedule"}]}},
            {"spec": {"taints": None}},
            kind="merge",
        ),
        Objects(
            (pod("tainted-1", nodeName=None, nodeSelector={"kubernetes.io/hostname": "node-2"}), service("tainted-1"))
        ),
        Event("tainted-1", "FailedScheduling"),
    )
