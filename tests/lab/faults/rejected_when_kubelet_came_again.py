# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 has lost the label that a pod asks for; its kubelet was started anew and turned the pod away.

Public report: kubernetes/kubernetes#99708, #100467, #123859.
"""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.cluster_changes import NodeReady, Phase
from podnet_lab.daemons import StartedAnew
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

LABEL, NONE = {"metadata": {"labels": {"region": "r0"}}}, {"metadata": {"labels": {"region": None}}}
LABELLED = Patched("node node-2", LABEL, NONE, kind="merge")
UNLABELLED = Patched("node node-2", NONE, NONE, kind="merge")


class FaultClass(Made):
    """node-2 has lost the label that a pod asks for; its kubelet was started anew and turned the pod away."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "region-1"},
        destination="service:default/region-1",
        port=80,
    )
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (
        NodeReady("node-2"),
        LABELLED,
        Objects((pod("region-1", nodeSelector={"region": "r0"}), service("region-1")), ready=("region-1",)),
        UNLABELLED,
        StartedAnew("node-2", "kubelet"),
        Phase("region-1", "Failed"),
        NodeReady("node-2"),
    )
