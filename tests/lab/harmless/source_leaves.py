# SPDX-License-Identifier: GPL-3.0-or-later
"""The pod that asks is being deleted, and takes its time to end."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Leaving
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

LEAVES = pod("leaves-2", "node-1", ["sh", "-c", "trap '' TERM; while true; do sleep 1; done"])
LEAVES["spec"]["terminationGracePeriodSeconds"] = 90


class FaultClass(Made):
    """The pod that asks is being deleted, and takes its time to end."""

    truth = Truth(id="", source="pod:default/leaves-2", destination="service:default/web", port=80)
    modes = ("nftables",)
    born_broken = True
    changes = (Leaving(Objects((LEAVES,), ready=("leaves-2",)), "leaves-2"),)
