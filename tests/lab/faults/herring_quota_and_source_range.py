# SPDX-License-Identifier: GPL-3.0-or-later
"""A quota of node-1 that is not used up counts the client's packets; node-2 drops ranges of source ports."""

from __future__ import annotations

from podnet_lab.changes import Rule, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A quota of node-1 that is not used up counts the client's packets; node-2 drops ranges of source ports."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        nft_chain("node-1", "inet", "forward", "ip saddr <client-1> quota over 900 mbytes drop"),
        Rule("node-2", "mangle FORWARD -p tcp --dport 8080 -m multiport --sports 1024:40000,40001:65535 -j DROP"),
    )
