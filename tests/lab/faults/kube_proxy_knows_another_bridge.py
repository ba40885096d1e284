# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy knows pods by a bridge that the nodes do not have, and policy Local takes them for strangers.

Public report: kubernetes/kubernetes#115931.
"""

from __future__ import annotations

from podnet_lab.balancers import ADDRESS, announced
from podnet_lab.cluster_changes import KubeProxyConfig
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """kube-proxy knows pods by a bridge that the nodes do not have, and policy Local takes them for strangers."""

    truth = Truth(
        id="service-external-traffic-local",
        location={"namespace": "default", "service": "edge-1"},
        destination=ADDRESS,
        port=80,
    )
    modes = ("iptables", "nftables")
    scene = announced(externalTrafficPolicy="Local")
    changes = (
        KubeProxyConfig(
            "clusterCIDR: 10.244.0.0/16", 'detectLocalMode: BridgeInterface\ndetectLocal: {bridgeInterface: "cbr0"}'
        ),
    )
