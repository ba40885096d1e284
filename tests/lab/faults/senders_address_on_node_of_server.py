# SPDX-License-Identifier: GPL-3.0-or-later
"""A bridge of node-2 has the client's address: what comes from it is taken for forged."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A bridge of node-2 has the client's address: what comes from it is taken for forged."""

    truth = Truth(
        id="duplicate-address", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables", "host-gw")
    changes = (
        Run(
            "node-2",
            """ip link add virbr0 type bridge
            ip link set virbr0 up
            ip address add <client-1>/32 dev virbr0""",
            "ip link del virbr0",
        ),
    )
