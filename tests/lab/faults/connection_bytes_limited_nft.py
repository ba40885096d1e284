# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops connections that have carried a thousand bytes, by nftables."""

from __future__ import annotations

from podnet_lab.changes import Sysctl, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 drops connections that have carried a thousand bytes, by nftables."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=6000)
    changes = (
        Sysctl("node-2", "net/netfilter/nf_conntrack_acct", "1", "0"),
        nft_chain("node-2", "ip", "forward", "ip daddr <web-2> ct original bytes > 1000 drop"),
    )
