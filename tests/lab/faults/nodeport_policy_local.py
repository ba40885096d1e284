# SPDX-License-Identifier: GPL-3.0-or-later
"""A NodePort with policy Local is asked at a node that has none of its pods."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A NodePort with policy Local is asked at a node that has none of its pods."""

    truth = Truth(
        id="service-external-traffic-local",
        location={"namespace": "default", "service": "far-1"},
        source="host:outside",
        destination="node:node-1",
        port=30092,
    )
    modes = ("iptables", "nftables")
    scene = (Objects((pod("far-1"), service("far-1", type="NodePort", nodePort=30092)), ready=("far-1",)),)
    changes = (
        Patched(
            "service far-1",
            {"spec": {"externalTrafficPolicy": "Local"}},
            {"spec": {"externalTrafficPolicy": "Cluster"}},
        ),
    )
