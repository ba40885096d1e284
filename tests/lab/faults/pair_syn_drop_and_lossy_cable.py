# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops SYNs for a port, and the network between the nodes loses every fifth packet."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.truth import Cause

LOSS = 'iifname "node-1" oifname "node-2" meta protocol ip numgen random mod 100 < 20 drop'


class FaultClass(Made):
    """node-2 drops SYNs for a port, and the network between the nodes loses every fifth packet."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2"},
        second=Cause("packet-loss"),
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    changes = (
        nft_chain("node-2", "ip", "forward", "ip daddr <web-2> tcp dport 8080 tcp flags syn / syn,ack drop"),
        nft_chain("fabric", "bridge", "forward", LOSS),
    )
