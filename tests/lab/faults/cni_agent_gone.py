# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel does not run on node-2 and its file is gone after a reboot: new pods get no network.

Public report: kubernetes/kubernetes#70202.
"""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched, Run
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

ELSEWHERE = {"key": "kubernetes.io/hostname", "operator": "NotIn", "values": ["node-2"]}
TERMS = {"nodeSelectorTerms": [{"matchExpressions": [ELSEWHERE]}]}
NOT_NODE_2 = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": TERMS}}


class FaultClass(Made):
    """flannel does not run on node-2 and its file is gone after a reboot: new pods get no network."""

    truth = Truth(id="cni-agent-missing", location={"node": "node-2"}, destination="pod:default/late-1", port=8080)
    born_broken = True
    settle_seconds = 60
    changes = (
        Patched(
            "daemonset kube-flannel-ds kube-flannel",
            {"spec": {"template": {"spec": {"affinity": NOT_NODE_2}}}},
            {"spec": {"template": {"spec": {"affinity": None}}}},
            rollout=True,
        ),
        Run("node-2", "rm -f /run/flannel/subnet.env"),
        Objects((pod("late-1"),)),
        Event("late-1", "FailedCreatePodSandBox"),
    )
