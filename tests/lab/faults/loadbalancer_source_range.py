# SPDX-License-Identifier: GPL-3.0-or-later
"""A load balancer's Service admits another network than the client's."""

from __future__ import annotations

from podnet_lab.balancers import announced
from podnet_lab.changes import Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A load balancer's Service admits another network than the client's."""

    truth = Truth(
        id="loadbalancer-source-range",
        location={"namespace": "default", "service": "edge-1"},
        source="host:outside",
        destination="192.0.2.50",
        port=80,
    )
    modes = ("iptables", "nftables")
    scene = announced()
    changes = (
        Patched(
            "service edge-1",
            {"spec": {"loadBalancerSourceRanges": ["203.0.113.0/24"]}},
            {"spec": {"loadBalancerSourceRanges": None}},
        ),
    )
