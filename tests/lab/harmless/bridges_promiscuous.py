# SPDX-License-Identifier: GPL-3.0-or-later
"""The bridges of both nodes are promiscuous, as an old CNI set them for hairpin traffic."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The bridges of both nodes are promiscuous, as an old CNI set them for hairpin traffic."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    changes = tuple(
        Run(node, "ip link set cni0 promisc on", "ip link set cni0 promisc off") for node in ("node-1", "node-2")
    )
