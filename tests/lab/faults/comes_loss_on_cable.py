# SPDX-License-Identifier: GPL-3.0-or-later
"""The network between the nodes loses six of a hundred packets."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """The network between the nodes loses six of a hundred packets."""

    truth = Truth(id="packet-loss", destination="pod:default/<web-2.name>", port=8080)
    traffic = Traffic("pod:default/client-1", "<web-2>", protocol="icmp")
    attempts = 400
    lost = (3, 200)
    changes = (nft_chain("fabric", "bridge", "forward", "udp dport 8472 numgen random mod 100 < 6 drop"),)
