# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops what a pod sends outside, and would not masquerade it either."""

from __future__ import annotations

from podnet_lab.changes import Rule, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.truth import Cause


class FaultClass(Made):
    """node-1 drops what a pod sends outside, and would not masquerade it either."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1"},
        second=Cause("snat-missing", {"node": "node-1"}),
        destination="198.51.100.10",
        port=22,
    )
    modes = ("nftables", "host-gw")
    changes = (
        nft_chain("node-1", "inet", "forward", "ip saddr <client-1> ip daddr 198.51.100.0/24 drop", "7"),
        Rule("node-1", "nat POSTROUTING -s 10.244.0.0/16 -d 198.51.100.0/24 -j ACCEPT"),
    )
