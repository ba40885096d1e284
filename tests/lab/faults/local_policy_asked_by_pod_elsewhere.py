# SPDX-License-Identifier: GPL-3.0-or-later
"""A node port with policy Local is asked by a pod of one node at another one, which has none of its pods."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A node port with policy Local is asked by a pod of one node at another one, which has none of its pods."""

    truth = Truth(
        id="service-external-traffic-local",
        location={"namespace": "default", "service": "near-1"},
        destination="node:node-2",
        port=30118,
    )
    modes = ("nftables",)
    scene = (Objects((pod("near-1", "node-1"), service("near-1", type="NodePort", nodePort=30118)), ready=("near-1",)),)
    changes = (
        Patched(
            "service near-1",
            {"spec": {"externalTrafficPolicy": "Local"}},
            {"spec": {"externalTrafficPolicy": "Cluster"}},
        ),
    )
