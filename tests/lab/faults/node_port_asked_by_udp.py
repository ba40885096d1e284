# SPDX-License-Identifier: GPL-3.0-or-later
"""A node port of TCP is asked by UDP."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A node port of TCP is asked by UDP."""

    truth = Truth(
        id="service-protocol-mismatch",
        also=("port-not-listening",),  # nothing takes datagrams there
        destination="node:node-2",
        port=30080,
        protocol="udp",
    )
    modes = ("nftables",)
    born_broken = True
