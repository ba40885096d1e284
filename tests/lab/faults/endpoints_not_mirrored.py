# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints by hand say that no slice is to be made of them, and kube-proxy reads slices only."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service

ENDPOINTS = {
    "apiVersion": "v1",
    "kind": "Endpoints",
    "metadata": {
        "name": "mirror-1",
        "namespace": "default",
        "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"},
    },
    "subsets": [{"addresses": [{"ip": "<web-2>"}], "ports": [{"name": "main", "port": 8080}]}],
}


class FaultClass(Made):
    """Endpoints by hand say that no slice is to be made of them, and kube-proxy reads slices only."""

    truth = Truth(
        id="service-no-endpoints",
        location={"namespace": "default", "service": "mirror-1"},
        destination="service:default/mirror-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((service("mirror-1", app=None), ENDPOINTS)),)
