# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy shows the API server a token that it does not take any more, and knows nothing of a new Service."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import KubeProxyConfig
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service, serving


class FaultClass(Made):
    """kube-proxy shows the API server a token that it does not take any more, and knows nothing of a new Service."""

    truth = Truth(
        id="kube-proxy-rules-stale", location={"node": "node-1"}, destination="service:default/late-1", port=80
    )
    modes = ("iptables", "nftables")
    born_broken = True
    settle_seconds = 90
    scene = (serving("late-1"),)
    changes = (
        KubeProxyConfig(
            "tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token",
            "token: eyJhbGciOiJSUzI1NiJ9.bGFzdCB5ZWFy.b3Zlcg",
            file="kubeconfig.conf",
        ),
        Objects((service("late-1"),)),
    )
