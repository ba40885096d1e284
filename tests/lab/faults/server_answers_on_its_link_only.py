# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's socket sends to neighbours on its own wire only."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server_with, serving


class FaultClass(Made):
    """The server's socket sends to neighbours on its own wire only."""

    truth = Truth(
        id="backend-unhealthy",
        location={"namespace": "default", "pod": "near-2"},
        destination="pod:default/near-2",
        port=8080,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (serving("near-2", command=http_server_with("SO_DONTROUTE", 1)),)
