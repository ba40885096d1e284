# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 swallows what goes to a pod, and node-2 has a wrong MAC address for it."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.truth import Cause


class FaultClass(Made):
    """node-1 swallows what goes to a pod, and node-2 has a wrong MAC address for it."""

    truth = Truth(
        id="route-blackhole",
        location={"node": "node-1"},
        second=Cause("neighbour-failed", {"node": "node-2"}),
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    changes = (
        Run("node-1", "ip route add blackhole <web-2>/32", "ip route del blackhole <web-2>/32"),
        Run(
            "node-2",
            "ip neigh replace <web-2> lladdr 02:00:5e:00:53:94 dev cni0 nud permanent",
            "ip neigh del <web-2> dev cni0",
        ),
    )
