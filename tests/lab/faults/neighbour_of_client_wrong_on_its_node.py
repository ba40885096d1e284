# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 has a wrong fixed hardware address for the client: questions leave, answers come back for nobody."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 has a wrong fixed hardware address for the client: questions leave, answers come back for nobody."""

    truth = Truth(id="neighbour-failed", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (
        Run(
            "node-1",
            "ip neigh replace <client-1> lladdr 02:00:5e:00:53:72 dev cni0 nud permanent",
            "ip neigh del <client-1> dev cni0",
        ),
    )
