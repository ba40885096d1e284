# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod is bound to node-2 and asks for more processors than it has: the kubelet turns it away."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Phase
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

LARGE = {"resources": {"requests": {"cpu": "500"}}}


class FaultClass(Made):
    """A pod is bound to node-2 and asks for more processors than it has: the kubelet turns it away."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "large-1"},
        destination="service:default/large-1",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
    changes = (Objects((pod("large-1", container=LARGE), service("large-1"))), Phase("large-1", "Failed"))
