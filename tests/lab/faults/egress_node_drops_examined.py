# SPDX-License-Identifier: GPL-3.0-or-later
"""What a pod sends out of the cluster leaves by node-3, which drops it and is examined, too."""

from __future__ import annotations

from podnet_lab.egress_by_node import BY_NODE_3, DROPPED_THERE
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """What a pod sends out of the cluster leaves by node-3, which drops it and is examined, too."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-3"}, also_nodes=("node-3",), destination="host:outside", port=22
    )
    modes = ("three",)
    scene = BY_NODE_3
    changes = (DROPPED_THERE,)
