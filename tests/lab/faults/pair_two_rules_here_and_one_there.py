# SPDX-License-Identifier: GPL-3.0-or-later
"""Two rules of node-1 drop the questions, one behind the other, and node-2 leads the answers nowhere."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.truth import Cause


class FaultClass(Made):
    """Two rules of node-1 drop the questions, one behind the other, and node-2 leads the answers nowhere."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1"},
        second=Cause("route-blackhole", {"node": "node-2"}),
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    changes = (
        Rule("node-1", "raw PREROUTING -s <client-1>/32 -p tcp -j DROP"),
        nft_chain("node-1", "inet", "forward", "ip daddr <web-2> tcp dport 8080 drop", "20"),
        Run("node-2", "ip route add blackhole <client-1>/32", "ip route del blackhole <client-1>/32"),
    )
