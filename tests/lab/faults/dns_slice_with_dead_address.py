# SPDX-License-Identifier: GPL-3.0-or-later
"""Beside the controller's slice of cluster DNS stands an old one: half of the questions go to nobody."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.sometimes import Questions

OLD = {
    "apiVersion": "discovery.k8s.io/v1",
    "kind": "EndpointSlice",
    "metadata": {
        "name": "kube-dns-old",
        "namespace": "kube-system",
        "labels": {"kubernetes.io/service-name": "kube-dns"},
    },
    "addressType": "IPv4",
    "ports": [{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53, "protocol": "TCP"}],
    "endpoints": [{"addresses": ["10.244.2.251"], "conditions": {"ready": True}}],
}


class FaultClass(Made):
    """Beside the controller's slice of cluster DNS stands an old one: half of the questions go to nobody."""

    truth = Truth(
        id="endpoint-address-unknown",
        location={"namespace": "kube-system", "service": "kube-dns"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    traffic = Questions("pod:default/client-1", "<service:kube-system/kube-dns>")
    attempts = 30
    lost = (6, 24)
    changes = (Objects((OLD,)),)
