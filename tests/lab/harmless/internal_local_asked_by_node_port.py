# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service is Local inside, and its node port is asked at a node without its pods."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A Service is Local inside, and its node port is asked at a node without its pods."""

    truth = Truth(id="", source="pod:default/client-2", destination="node:node-2", port=30198)
    modes = ("nftables",)
    born_broken = True
    changes = (
        Objects(
            (
                pod("local-3", "node-1"),
                service("local-3", type="NodePort", nodePort=30198, internalTrafficPolicy="Local"),
            ),
            ready=("local-3",),
        ),
    )
