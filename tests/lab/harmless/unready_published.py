# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Service publishes pods that are not ready on purpose, and they serve."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, readiness, service


class FaultClass(Made):
    """A headless Service publishes pods that are not ready on purpose, and they serve."""

    truth = Truth(id="", destination="peers.default.svc.cluster.local", port=8080)
    settle_seconds = 60
    scene = (
        Objects(
            (
                pod("peer-1", labels={"app": "peers"}, container=readiness(8081)),
                service("peers", port=8080, clusterIP="None", publishNotReadyAddresses=True),
            ),
            running=("peer-1",),
        ),
    )
    changes = (Run("node-1", "true"),)
