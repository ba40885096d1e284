# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 writes another destination into the packets for a port, and tracks nothing of it."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 writes another destination into the packets for a port, and tracks nothing of it."""

    truth = Truth(id="packet-rewritten", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("host-gw",)
    changes = (
        nft_chain("node-1", "ip", "prerouting", "ip daddr <web-2> tcp dport 8080 ip daddr set 10.244.2.250", "-310"),
    )
