# SPDX-License-Identifier: GPL-3.0-or-later
"""The Service of cluster DNS keeps questions on the node, and one of the nodes has no DNS pod.

Public report: openshift/cluster-dns-operator#474.
"""

from __future__ import annotations

from podnet_lab.changes import Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


def on(node: str | None) -> dict[str, object]:
    """Where the DNS pods may run."""
    return {"spec": {"template": {"spec": {"nodeSelector": {"kubernetes.io/hostname": node}}}}}


class FaultClass(Made):
    """The Service of cluster DNS keeps questions on the node, and one of the nodes has no DNS pod."""

    truth = Truth(
        id="service-internal-traffic-local",
        location={"namespace": "kube-system", "service": "kube-dns"},
        source="pod:default/client-2",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    changes_pods = True
    traffic = Traffic("pod:default/client-2", "web.default.svc.cluster.local", 80, "name")
    scene = (Patched("deployment coredns kube-system", on("node-1"), on(None), rollout=True),)
    changes = (
        Patched(
            "service kube-dns kube-system",
            {"spec": {"internalTrafficPolicy": "Local"}},
            {"spec": {"internalTrafficPolicy": "Cluster"}},
        ),
    )
