# SPDX-License-Identifier: GPL-3.0-or-later
"""One of two API servers is gone, and the Service of the cluster's own still leads there.

Public report: kubernetes/kubernetes#22609, kubernetes/kops#12627.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made

GONE = {
    "apiVersion": "discovery.k8s.io/v1",
    "kind": "EndpointSlice",
    "metadata": {
        "name": "kubernetes-2",
        "namespace": "default",
        "labels": {"kubernetes.io/service-name": "kubernetes"},
    },
    "addressType": "IPv4",
    "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}],
    "endpoints": [{"addresses": ["192.0.2.3"], "conditions": {"ready": True}}],
}


class FaultClass(Made):
    """One of two API servers is gone, and the Service of the cluster's own still leads there."""

    truth = Truth(
        id="endpoint-address-unknown",
        location={"namespace": "default", "service": "kubernetes"},
        destination="service:default/kubernetes",
        port=443,
    )
    modes = ("iptables", "nftables")
    attempts = 16
    lost = (2, 14)
    changes = (Objects((GONE,)),)
