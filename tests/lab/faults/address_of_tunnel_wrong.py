# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel.1 of node-1 has another address than its own, and the node's packets carry it."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """flannel.1 of node-1 has another address than its own, and the node's packets carry it."""

    truth = Truth(
        id="address-missing",
        location={"node": "node-1"},
        source="node:node-1",
        destination="pod:default/client-2",
        protocol="icmp",
    )
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            "ip addr add 10.99.1.0/32 dev flannel.1\nip addr del 10.244.1.0/32 dev flannel.1",
            "ip addr add 10.244.1.0/32 dev flannel.1\nip addr del 10.99.1.0/32 dev flannel.1",
        ),
    )
