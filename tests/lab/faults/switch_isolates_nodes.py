# SPDX-License-Identifier: GPL-3.0-or-later
"""The switch keeps the ports of two nodes apart, as those of different tenants."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The switch keeps the ports of two nodes apart, as those of different tenants."""

    # Once the entries of the neighbours are not good any more, they say it.
    truth = Truth(id="network-blocked", also=("neighbour-failed",), destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    stay_seconds = 10  # until entries that were good are not any more
    changes = (
        Run("fabric", "bridge link set dev node-1 isolated on", "bridge link set dev node-1 isolated off"),
        Run("fabric", "bridge link set dev node-2 isolated on", "bridge link set dev node-2 isolated off"),
    )
