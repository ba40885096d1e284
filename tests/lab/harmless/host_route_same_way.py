# SPDX-License-Identifier: GPL-3.0-or-later
"""A host route to a pod leads where the network's route leads."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A host route to a pod leads where the network's route leads."""

    truth = Truth(id="", destination="pod:default/client-2", protocol="icmp")
    changes = (
        Run("node-1", "ip route add <client-2>/32 via 10.244.2.0 dev flannel.1 onlink", "ip route del <client-2>/32"),
    )
