# SPDX-License-Identifier: GPL-3.0-or-later
"""A load balancer's Service has a node's own address and a port that a program of the node serves.

Public report: kubernetes/kubernetes#76892, k3s-io/k3s#1969.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Assigned
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A load balancer's Service has a node's own address and a port that a program of the node serves."""

    truth = Truth(
        id="service-claims-address",
        also=("service-no-endpoints", "service-selector-mismatch"),
        location={"namespace": "default", "service": "metrics"},
        destination="node:node-2",
        port=9100,
    )
    modes = ("iptables", "nftables")
    scene = (Objects((pod("exporter-1", port=9100, hostNetwork=True),), ready=("exporter-1",)),)
    changes = (Objects((service("metrics", port=9100, type="LoadBalancer"),)), Assigned("metrics", "192.0.2.12"))
