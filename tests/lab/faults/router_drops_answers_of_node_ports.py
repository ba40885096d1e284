# SPDX-License-Identifier: GPL-3.0-or-later
"""The router lets questions in and holds back what node ports answer, as a stateless filter does."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The router lets questions in and holds back what node ports answer, as a stateless filter does."""

    truth = Truth(id="network-blocked", location={}, source="host:outside", destination="node:node-1", port=30080)
    modes = ("iptables", "nftables")
    changes = (nft_chain("fabric", "ip", "forward", 'oifname "outside" tcp sport 30000-32767 drop'),)
