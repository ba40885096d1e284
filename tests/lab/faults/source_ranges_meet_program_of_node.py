# SPDX-License-Identifier: GPL-3.0-or-later
"""A load balancer's source ranges hold its clients outside, and a program of a node asks its address."""

from __future__ import annotations

from podnet_lab.balancers import announced
from podnet_lab.changes import Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A load balancer's source ranges hold its clients outside, and a program of a node asks its address."""

    truth = Truth(
        id="loadbalancer-source-range",
        location={"namespace": "default", "service": "edge-1"},
        source="node:node-2",
        destination="192.0.2.50",
        port=80,
    )
    modes = ("nftables", "host-gw")
    scene = announced()
    changes = (
        Patched(
            "service edge-1",
            {"spec": {"loadBalancerSourceRanges": ["198.51.100.0/24"]}},
            {"spec": {"loadBalancerSourceRanges": None}},
        ),
    )
