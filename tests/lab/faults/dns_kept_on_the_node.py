# SPDX-License-Identifier: GPL-3.0-or-later
"""The Service of cluster DNS keeps questions on the node, and one of the nodes has no DNS pod.

Public report: openshift/cluster-dns-operator#474.
"""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod
from podnet_lab.traffic import Traffic

AWAY = {"labelSelector": {"matchLabels": {"k8s-app": "kube-dns"}}, "namespaces": ["kube-system"]}
AFFINITY = {
    "podAntiAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": [{**AWAY, "topologyKey": "kubernetes.io/hostname"}]
    }
}


class FaultClass(Made):
    """The Service of cluster DNS keeps questions on the node, and one of the nodes has no DNS pod."""

    truth = Truth(
        id="service-internal-traffic-local",
        location={"namespace": "kube-system", "service": "kube-dns"},
        source="pod:default/far-1",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    traffic = Traffic("pod:default/far-1", "web.default.svc.cluster.local", 80, "name")
    scene = (Objects((pod("far-1", nodeName=None, affinity=AFFINITY),), ready=("far-1",)),)
    changes = (
        Patched(
            "service kube-dns kube-system",
            {"spec": {"internalTrafficPolicy": "Local"}},
            {"spec": {"internalTrafficPolicy": "Cluster"}},
        ),
    )
