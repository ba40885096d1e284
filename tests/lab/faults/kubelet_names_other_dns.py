# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's kubelet tells its pods an address for cluster DNS that no Service has."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.daemons import KubeletSays
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """node-1's kubelet tells its pods an address for cluster DNS that no Service has."""

    truth = Truth(
        id="dns-config-wrong",
        location={"node": "node-1"},
        source="pod:default/fresh-2",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    born_broken = True
    settle_seconds = 60
    changes = (
        KubeletSays("node-1", "10.96.0.10", "10.96.0.99"),
        Objects((pod("fresh-2", "node-1", command=["sleep", "infinity"]),), ready=("fresh-2",)),
    )
