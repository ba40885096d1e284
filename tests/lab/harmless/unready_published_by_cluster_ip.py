# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service publishes pods that are not ready on purpose, and they serve."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, readiness, service


class FaultClass(Made):
    """A Service publishes pods that are not ready on purpose, and they serve."""

    truth = Truth(id="", destination="service:default/eager-1", port=80)
    modes = ("nftables",)
    born_broken = True
    changes = (
        Objects(
            (pod("eager-1", container=readiness(8081)), service("eager-1", publishNotReadyAddresses=True)),
            running=("eager-1",),
        ),
        Event("eager-1", "Unhealthy"),
    )
