# SPDX-License-Identifier: GPL-3.0-or-later
"""One of two links between the nodes is dead: it takes flows by their ports."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """One of two links between the nodes is dead: it takes flows by their ports."""

    truth = Truth(id="packet-loss", destination="pod:default/<web-2.name>", port=8080)
    attempts = 40
    lost = (6, 34)
    changes = (nft_chain("fabric", "bridge", "forward", "udp dport 8472 ip saddr 192.0.2.11 @th,15,1 1 drop"),)
