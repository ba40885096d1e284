# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops connections from even source ports, which programs have that just connect."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 drops connections from even source ports, which programs have that just connect."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, usual=True)
    attempts = 24
    changes = (nft_chain("node-2", "inet", "forward", "ip daddr <web-2> tcp dport 8080 tcp sport & 1 == 0 drop"),)
