# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy's kubeconfig names an API server that is not there: Running and Ready, it never writes a rule
(kubernetes/kubernetes#57144).
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import KubeProxyApi
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service, serving


class FaultClass(Made):
    """kube-proxy's kubeconfig names an API server that is not there: Running and Ready, it never writes a rule."""

    truth = Truth(
        id="kube-proxy-rules-stale", location={"node": "node-1"}, destination="service:default/late-1", port=80
    )
    born_broken = True
    settle_seconds = 90
    scene = (serving("late-1"),)
    changes = (KubeProxyApi("https://192.0.2.77:6443"), Objects((service("late-1"),)))
