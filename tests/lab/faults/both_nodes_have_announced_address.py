# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 announces the address of the NIC that all virtual machines of one kind have: node-1 has it, too.

Public report: flannel-io/flannel#1379, #764.
"""

from __future__ import annotations

from podnet_lab.changes import Patched, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

ANNOUNCED = "flannel.alpha.coreos.com/public-ip"


class FaultClass(Made):
    """node-2 announces the address of the NIC that all virtual machines of one kind have: node-1 has it, too."""

    truth = Truth(
        id="tunnel-source-mismatch",
        # What is announced is not what the tunnel sends from, and two nodes have it: both are why.
        also=("duplicate-address",),
        location={"node": "node-2"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (
        *(
            Run(node, "ip address add 10.0.2.15/32 dev lo", "ip address del 10.0.2.15/32 dev lo")
            for node in ("node-1", "node-2")
        ),
        Patched(
            "node node-2",
            {"metadata": {"annotations": {ANNOUNCED: "10.0.2.15"}}},
            {"metadata": {"annotations": {ANNOUNCED: "192.0.2.12"}}},
        ),
    )
