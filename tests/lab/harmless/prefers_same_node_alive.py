# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service prefers the pod of the client's own node, which serves; another node's does not."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A Service prefers the pod of the client's own node, which serves; another node's does not."""

    truth = Truth(id="", destination="service:default/near", port=80)
    modes = ("iptables", "nftables")
    scene = (
        Objects(
            (
                pod("near-1", "node-1", labels={"app": "near"}),
                pod("near-2", "node-2", ["sleep", "infinity"], labels={"app": "near"}),
                service("near", trafficDistribution="PreferSameNode"),
            ),
            ready=("near-1", "near-2"),
        ),
        # The hints come a moment after the pods.
        Run("node-1", "sleep 3"),
    )
    attempts = 10
