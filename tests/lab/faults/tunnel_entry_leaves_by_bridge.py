# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's forwarding entry for node-2's VTEP names the bridge of its pods as the device to leave by."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1's forwarding entry for node-2's VTEP names the bridge of its pods as the device to leave by."""

    truth = Truth(id="fdb-entry-wrong", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "iptables")
    changes = (
        Run(
            "node-1",
            "bridge fdb replace <node-2.vtep> dev flannel.1 dst 192.0.2.12 via cni0 self permanent",
            "bridge fdb replace <node-2.vtep> dev flannel.1 dst 192.0.2.12 self permanent",
        ),
    )
