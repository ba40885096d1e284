# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod that is not Ready is asked by its own address, and answers."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, readiness, service


class FaultClass(Made):
    """A pod that is not Ready is asked by its own address, and answers."""

    truth = Truth(id="", destination="pod:default/warming-1", port=8080)
    modes = ("nftables",)
    born_broken = True
    changes = (
        Objects((pod("warming-1", container=readiness(8081)), service("warming-1")), running=("warming-1",)),
        Event("warming-1", "Unhealthy"),
    )
