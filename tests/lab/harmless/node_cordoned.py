# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 takes no new pods, and those that it has serve."""

from __future__ import annotations

from podnet_lab.changes import Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 takes no new pods, and those that it has serve."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Patched(
            "node node-2",
            {"spec": {"unschedulable": True, "taints": [{"key": "gpu", "value": "only", "effect": "NoSchedule"}]}},
            {"spec": {"unschedulable": None, "taints": None}},
            kind="merge",
        ),
    )
