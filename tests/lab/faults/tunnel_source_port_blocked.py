# SPDX-License-Identifier: GPL-3.0-or-later
"""The network between the nodes drops tunnel packets from some source ports."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The network between the nodes drops tunnel packets from some source ports."""

    truth = Truth(id="tunnel-port-blocked", location={}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    attempts = 40
    lost = (4, 36)
    changes = (nft_chain("fabric", "bridge", "forward", "udp dport 8472 udp sport 32768-50000 drop"),)
