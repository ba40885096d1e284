# SPDX-License-Identifier: GPL-3.0-or-later
"""Nobody gives a Service of type LoadBalancer an address."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service, serving
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """Nobody gives a Service of type LoadBalancer an address."""

    truth = Truth(
        id="loadbalancer-not-assigned",
        location={"namespace": "default", "service": "edge-1"},
        source="host:outside",
        destination="service:default/edge-1",
        port=80,
    )
    born_broken = True
    traffic = Traffic("host:outside", "<service:edge-1>", 80)
    scene = (serving("edge-1"),)
    changes = (Objects((service("edge-1", type="LoadBalancer", allocateLoadBalancerNodePorts=False),)),)
