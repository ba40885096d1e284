# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 has no neighbour entry for node-2's VTEP."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 has no neighbour entry for node-2's VTEP."""

    truth = Truth(
        id="neighbour-failed",
        location={"node": "node-1", "device": "flannel.1"},
        destination="pod:default/client-2",
        protocol="icmp",
    )
    changes = (
        Frozen("node-1", "flanneld", replaced=True),
        Run(
            "node-1",
            "ip neigh del 10.244.2.0 dev flannel.1",
            "ip neigh replace 10.244.2.0 lladdr <node-2.vtep> dev flannel.1 nud permanent",
        ),
    )
