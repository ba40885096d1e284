# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel has lost its right to read nodes, node-2 was started anew, and a new pod gets no network there."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.cluster_changes import Anew, Event, Gone, PodOf
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "flannel", "labels": {"k8s-app": "flannel"}},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "flannel"},
    "subjects": [{"kind": "ServiceAccount", "name": "flannel", "namespace": "kube-flannel"}],
}


class FaultClass(Made):
    """flannel has lost its right to read nodes, node-2 was started anew, and a new pod gets no network there."""

    truth = Truth(id="cni-agent-missing", location={"node": "node-2"}, destination="pod:default/late-1", port=8080)
    modes = ("nftables",)
    born_broken = True
    settle_seconds = 60
    changes = (
        PodOf("node-2", "app=flannel", "kube-flannel"),
        Gone(Objects((ROLE,))),
        Run("node-2", "rm -f /run/flannel/subnet.env"),
        Anew("app=flannel", "kube-flannel"),
        Objects((pod("late-1"),)),
        Event("late-1", "FailedCreatePodSandBox"),
    )
