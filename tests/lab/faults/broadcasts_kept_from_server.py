# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2's bridge floods no broadcasts to the server's port: nobody can ask for its hardware address."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2's bridge floods no broadcasts to the server's port: nobody can ask for its hardware address."""

    truth = Truth(
        id="bridge-port-detached", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-2",
            "bridge link set dev <web-2.veth> bcast_flood off",
            "bridge link set dev <web-2.veth> bcast_flood on",
        ),
        Run("node-2", "ip neigh flush dev cni0"),
    )
