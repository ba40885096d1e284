# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks a node by its bare name, which no server knows."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A pod asks a node by its bare name, which no server knows."""

    truth = Truth(id="dns-name-missing", destination="node-2", port=10250)
    modes = ("nftables",)
    traffic = Traffic("pod:default/client-1", "node-2", 10250, "name")
    born_broken = True
