# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2's bridge takes the server's hardware address for its own."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2's bridge takes the server's hardware address for its own."""

    truth = Truth(id="fdb-entry-wrong", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-2",
            "bridge fdb replace <web-2.mac> dev cni0 self permanent",
            "bridge fdb del <web-2.mac> dev cni0 self",
        ),
    )
