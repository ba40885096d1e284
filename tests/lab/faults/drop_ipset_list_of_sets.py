# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of sets on node-1 holds the server's network, but for one of its addresses."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A list of sets on node-1 holds the server's network, but for one of its addresses."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            "ipset create banned-nets hash:net\n"
            "ipset add banned-nets 10.244.2.0/24\n"
            "ipset add banned-nets 10.244.2.1/32 nomatch\n"
            "ipset create banned-all list:set\n"
            "ipset add banned-all banned-nets",
            "ipset destroy banned-all\nipset destroy banned-nets",
        ),
        Rule("node-1", "filter FORWARD -m set --match-set banned-all dst -j DROP"),
    )
