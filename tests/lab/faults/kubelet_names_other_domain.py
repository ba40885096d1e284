# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's kubelet gives its pods another domain to search than the cluster's."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.daemons import KubeletSays
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """node-1's kubelet gives its pods another domain to search than the cluster's."""

    truth = Truth(
        id="dns-config-wrong",
        location={"node": "node-1"},
        source="pod:default/fresh-3",
        destination="web.default",
        port=80,
    )
    born_broken = True
    settle_seconds = 60
    changes = (
        KubeletSays("node-1", "cluster.local", "cluster.lan"),
        Objects((pod("fresh-3", "node-1", command=["sleep", "infinity"]),), ready=("fresh-3",)),
    )
