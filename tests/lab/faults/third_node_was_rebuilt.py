# SPDX-License-Identifier: GPL-3.0-or-later
"""node-3 was rebuilt, and node-1 alone, where flanneld sleeps, still sends to the hardware address from before."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

OLD = "8e:2f:11:60:47:b3"


class FaultClass(Made):
    """node-3 was rebuilt, and node-1 alone, where flanneld sleeps, still sends to the hardware address from before."""

    truth = Truth(id="neighbour-failed", location={"node": "node-1"}, destination="pod:default/echo-3", port=8080)
    modes = ("three",)
    scene = (serving("echo-3", "node-3"),)
    changes = (
        Frozen("node-1", "flanneld"),
        Run(
            "node-1",
            f"""ip neigh replace 10.244.3.0 lladdr {OLD} dev flannel.1 nud permanent
            bridge fdb replace {OLD} dev flannel.1 dst 192.0.2.13 self permanent
            bridge fdb del <node-3.vtep> dev flannel.1 self""",
            f"""bridge fdb replace <node-3.vtep> dev flannel.1 dst 192.0.2.13 self permanent
            ip neigh replace 10.244.3.0 lladdr <node-3.vtep> dev flannel.1 nud permanent
            bridge fdb del {OLD} dev flannel.1 self""",
        ),
    )
