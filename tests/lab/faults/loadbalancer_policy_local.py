# SPDX-License-Identifier: GPL-3.0-or-later
"""A load balancer with policy Local is announced by a node that has none of its pods."""

from __future__ import annotations

from podnet_lab.balancers import announced
from podnet_lab.changes import Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A load balancer with policy Local is announced by a node that has none of its pods."""

    truth = Truth(
        id="service-external-traffic-local",
        location={"namespace": "default", "service": "edge-1"},
        source="host:outside",
        destination="192.0.2.50",
        port=80,
    )
    modes = ("nftables", "host-gw")
    scene = announced()
    changes = (
        Patched(
            "service edge-1",
            {"spec": {"externalTrafficPolicy": "Local"}},
            {"spec": {"externalTrafficPolicy": "Cluster"}},
        ),
    )
