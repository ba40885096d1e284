# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's tunnel sends to node-2 by an entry that has a UDP port of its own."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1's tunnel sends to node-2 by an entry that has a UDP port of its own."""

    truth = Truth(
        id="fdb-entry-wrong",
        location={"node": "node-1"},
        also=("tunnel-port-mismatch",),
        destination="pod:default/client-2",
        protocol="icmp",
    )
    modes = ("nftables",)
    changes = (
        Run(
            "node-1",
            "bridge fdb replace <node-2.vtep> dev flannel.1 dst 192.0.2.12 port 4789 self permanent",
            "bridge fdb replace <node-2.vtep> dev flannel.1 dst 192.0.2.12 port 8472 self permanent",
        ),
    )
