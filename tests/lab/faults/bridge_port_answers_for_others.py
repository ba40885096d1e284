# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod's port of node-2's bridge is set to proxy ARP: nothing that is flooded leaves by it."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """A pod's port of node-2's bridge is set to proxy ARP: nothing that is flooded leaves by it."""

    about = "A pod's port of node-2's bridge is set to proxy ARP: nothing that is flooded leaves by it"
    truth = Truth(
        id="neighbour-failed",
        also=("bridge-port-detached",),
        location={"node": "node-2"},
        source="pod:default/client-1",
        destination="pod:default/quiet-1",
        port=8080,
    )
    scene = (serving("quiet-1"),)
    changes = (
        Run(
            "node-2",
            "ip link set <quiet-1.veth> type bridge_slave proxy_arp on",
            "ip link set <quiet-1.veth> type bridge_slave proxy_arp off",
        ),
        Run(
            "node-2",
            """ip neigh flush dev cni0
            bridge fdb del <quiet-1.mac> dev <quiet-1.veth> master""",
        ),
    )
