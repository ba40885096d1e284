# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 has another MAC address for node-2's VTEP than it has."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 has another MAC address for node-2's VTEP than it has."""

    truth = Truth(
        id="neighbour-failed",
        location={"node": "node-1", "device": "flannel.1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (
        Frozen("node-1", "flanneld", replaced=True),
        Run(
            "node-1",
            "bridge fdb replace 02:00:5e:00:53:96 dev flannel.1 dst 192.0.2.12 self permanent\n"
            "ip neigh replace 10.244.2.0 lladdr 02:00:5e:00:53:96 dev flannel.1 nud permanent",
            "ip neigh replace 10.244.2.0 lladdr <node-2.vtep> dev flannel.1 nud permanent\n"
            "bridge fdb del 02:00:5e:00:53:96 dev flannel.1 dst 192.0.2.12 self",
        ),
    )
