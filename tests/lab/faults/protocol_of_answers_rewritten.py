# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 writes the number of another protocol into what the server answers."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 writes the number of another protocol into what the server answers."""

    truth = Truth(id="packet-rewritten", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (nft_chain("node-2", "ip", "forward", "ip saddr <web-2> tcp sport 8080 ip protocol set 253", "10"),)
