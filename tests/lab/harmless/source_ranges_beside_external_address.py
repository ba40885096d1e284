# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service's source ranges hold nobody, and it is asked at an external address, for which they say nothing."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A Service's source ranges hold nobody, and it is asked at an external address, for which they say nothing."""

    truth = Truth(id="", source="host:outside", destination="node:node-1", port=8183)
    modes = ("nftables", "host-gw")
    scene = (
        Objects(
            (
                pod("ranged-9"),
                service(
                    "ranged-9",
                    port=8183,
                    type="LoadBalancer",
                    externalIPs=["<node-1>"],
                    loadBalancerSourceRanges=["203.0.113.128/28"],
                ),
            ),
            ready=("ranged-9",),
        ),
    )
    changes = (Run("node-1", "true"),)
