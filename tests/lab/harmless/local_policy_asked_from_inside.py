# SPDX-License-Identifier: GPL-3.0-or-later
"""A node port with policy Local is asked by a pod at a node without pods: inside it counts for nothing."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A node port with policy Local is asked by a pod at a node without pods: inside it counts for nothing."""

    truth = Truth(id="", destination="node:node-1", port=30105)
    modes = ("iptables", "nftables")
    scene = (
        Objects(
            (pod("there-1"), service("there-1", type="NodePort", nodePort=30105, externalTrafficPolicy="Local")),
            ready=("there-1",),
        ),
    )
    changes = (Run("node-1", "true"),)
