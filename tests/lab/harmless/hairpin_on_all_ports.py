# SPDX-License-Identifier: GPL-3.0-or-later
"""All ports of both bridges give frames back, and the bridges are promiscuous, as an old CNI set them."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

DO = "sh -c 'for port in /sys/class/net/cni0/brif/*; do echo {} > $port/hairpin_mode; done'"


class FaultClass(Made):
    """All ports of both bridges give frames back, and the bridges are promiscuous, as an old CNI set them."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    changes = tuple(
        Run(node, f"ip link set cni0 promisc on\n{DO.format(1)}", f"ip link set cni0 promisc off\n{DO.format(0)}")
        for node in ("node-1", "node-2")
    )
