# SPDX-License-Identifier: GPL-3.0-or-later
"""Both nodes drop: node-1 the questions, node-2 the answers, each in another table."""

from __future__ import annotations

from podnet_lab.changes import Rule, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.truth import Cause


class FaultClass(Made):
    """Both nodes drop: node-1 the questions, node-2 the answers, each in another table."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1"},
        second=Cause("netfilter-drop", {"node": "node-2"}),
        destination="pod:default/client-2",
        protocol="icmp",
    )
    modes = ("iptables", "host-gw")
    changes = (
        nft_chain("node-1", "inet", "forward", "ip daddr <client-2> drop", "20"),
        Rule("node-2", "mangle POSTROUTING -s <client-2>/32 -j DROP"),
    )
