# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod's port of node-2's bridge floods and learns nothing, and every address that it needs is known."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """A pod's port of node-2's bridge floods and learns nothing, and every address that it needs is known."""

    truth = Truth(id="", destination="pod:default/known-1", port=8080)
    modes = ("iptables", "host-gw")
    scene = (serving("known-1"),)
    changes = (
        Run(
            "node-2",
            "bridge fdb replace <known-1.mac> dev <known-1.veth> master static\n"
            "ip neigh replace <known-1> lladdr <known-1.mac> dev cni0 nud permanent\n"
            "bridge link set dev <known-1.veth> learning off flood off bcast_flood off mcast_flood off",
            "bridge link set dev <known-1.veth> learning on flood on bcast_flood on mcast_flood on\n"
            "ip neigh del <known-1> dev cni0\nbridge fdb del <known-1.mac> dev <known-1.veth> master",
        ),
    )
