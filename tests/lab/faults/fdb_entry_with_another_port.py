# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's tunnel sends to node-2 by an entry that has a UDP port of its own."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.tunnels import PORT, own_entry


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
    changes = (own_entry("port", 4789, PORT),)
