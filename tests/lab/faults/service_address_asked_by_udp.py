# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service's address is asked by UDP for a port that it has for TCP."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A Service's address is asked by UDP for a port that it has for TCP."""

    truth = Truth(
        id="service-protocol-mismatch",
        location={"namespace": "default", "service": "web"},
        source="node:node-2",
        destination="<service:web>",
        port=80,
        protocol="udp",
    )
    modes = ("nftables",)
    traffic = Traffic("node:node-2", "<service:web>", 80, "udp")
    born_broken = True
