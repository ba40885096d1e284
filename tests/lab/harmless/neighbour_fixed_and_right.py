# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries for the server and for the other node are fixed, and right."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Entries for the server and for the other node are fixed, and right."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (
        Run(
            "node-2",
            "ip neighbour replace <web-2> lladdr <web-2.mac> dev cni0 nud permanent",
            "ip neighbour del <web-2> dev cni0",
        ),
    )
