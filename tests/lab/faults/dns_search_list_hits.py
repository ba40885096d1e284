# SPDX-License-Identifier: GPL-3.0-or-later
"""An outside name has so few dots that the search list finds a Service of the cluster for it first."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service


class FaultClass(Made):
    """An outside name has so few dots that the search list finds a Service of the cluster for it first."""

    truth = Truth(
        id="dns-search-ndots",
        location={"namespace": "default", "pod": "client-1"},
        destination="outside.lab.example",
        port=22,
    )
    changes = (
        Objects(
            (
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "example"}},
                service("lab", app="outside", port=22, namespace="example", clusterIP="None"),
                {
                    "apiVersion": "discovery.k8s.io/v1",
                    "kind": "EndpointSlice",
                    "metadata": {
                        "name": "lab-1",
                        "namespace": "example",
                        "labels": {"kubernetes.io/service-name": "lab"},
                    },
                    "addressType": "IPv4",
                    "ports": [{"name": "main", "port": 22, "protocol": "TCP"}],
                    "endpoints": [
                        {"addresses": ["10.244.2.252"], "hostname": "outside", "conditions": {"ready": True}}
                    ],
                },
            )
        ),
    )
    settle_seconds = 60
