# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops connections whose packets are large on average."""

from __future__ import annotations

from podnet_lab.changes import Kept, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 drops connections whose packets are large on average."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=4000)
    changes = (
        Kept("node-2", "net/netfilter/nf_conntrack_acct", "1"),
        nft_chain("node-2", "inet", "forward", "ip daddr <web-2> tcp dport 8080 ct original avgpkt > 300 drop"),
    )
