# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 sends its tunnel packets for node-2 to an address where no node is."""

from __future__ import annotations

import json

from podnet_lab.config import node_address, node_pod_cidr
from podnet_lab.faults import Context, Fault, Truth

NODE, OTHER = "node-1", "node-2"
NOBODY = "192.0.2.99"


class FaultClass(Fault):
    """Point the forwarding entry of node-2's VTEP on node-1 to an unused address."""

    about = "node-1's forwarding entry for node-2's VTEP leads to an address that no node has"
    truth = Truth(
        id="fdb-entry-wrong",
        location={"node": NODE, "device": "flannel.1"},
        destination="pod:default/client-2",
        protocol="icmp",
    )

    def inject(self, lab: Context) -> None:
        lab.signal_daemon(NODE, "flanneld", "STOP")
        _point(lab, NOBODY)

    def bites(self, lab: Context) -> bool:
        return not lab.pings("client-1", lab.pod_ip("client-2"))

    def heal(self, lab: Context) -> None:
        _point(lab, node_address(OTHER))
        lab.restart_flannel(NODE, node_pod_cidr(OTHER))


def _point(lab: Context, address: str) -> None:
    link = json.loads(lab.exec_in(OTHER, ["ip", "-j", "link", "show", "flannel.1"]).stdout)[0]
    lab.exec_in(
        NODE, ["bridge", "fdb", "replace", link["address"], "dev", "flannel.1", "dst", address, "self", "permanent"]
    )
