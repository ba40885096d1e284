# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2's bridge sends no broadcasts to a pod's port: nobody learns its hardware address."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """node-2's bridge sends no broadcasts to a pod's port: nobody learns its hardware address."""

    truth = Truth(
        id="bridge-port-detached", location={"node": "node-2"}, destination="pod:default/unheard-1", port=8080
    )
    modes = ("iptables", "host-gw")
    scene = (serving("unheard-1"),)
    changes = (
        Run(
            "node-2",
            "bridge link set dev <unheard-1.veth> bcast_flood off\nip neigh flush dev cni0",
            "bridge link set dev <unheard-1.veth> bcast_flood on",
        ),
    )
