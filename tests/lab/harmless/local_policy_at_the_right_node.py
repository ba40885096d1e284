# SPDX-License-Identifier: GPL-3.0-or-later
"""A NodePort with policy Local is asked at the node that has its pod."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A NodePort with policy Local is asked at the node that has its pod."""

    truth = Truth(id="", source="host:outside", destination="node:node-2", port=30093)
    modes = ("iptables", "nftables")
    scene = (
        Objects(
            (pod("here-1"), service("here-1", type="NodePort", nodePort=30093, externalTrafficPolicy="Local")),
            ready=("here-1",),
        ),
    )
    changes = (Run("node-1", "true"),)
