# SPDX-License-Identifier: GPL-3.0-or-later
"""The pod that asks is not Ready, since it serves nothing, and its questions are answered."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, readiness


class FaultClass(Made):
    """The pod that asks is not Ready, since it serves nothing, and its questions are answered."""

    truth = Truth(id="", source="pod:default/asks-2", destination="web.default", port=80)
    modes = ("nftables",)
    born_broken = True
    changes = (
        Objects((pod("asks-2", "node-1", ["sleep", "infinity"], container=readiness(8081)),), running=("asks-2",)),
        Event("asks-2", "Unhealthy"),
    )
