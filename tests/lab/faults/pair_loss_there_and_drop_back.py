# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 loses half of the requests by chance, and node-2 drops the answers."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.truth import Cause


class FaultClass(Made):
    """node-1 loses half of the requests by chance, and node-2 drops the answers."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2"},
        second=Cause("netfilter-drop", {"node": "node-1"}),
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    changes = (
        nft_chain("node-1", "ip", "forward", "ip daddr <web-2> numgen random mod 100 < 50 counter drop"),
        nft_chain("node-2", "ip", "prerouting", "ip saddr <web-2> tcp sport 8080 drop", "-250"),
    )
