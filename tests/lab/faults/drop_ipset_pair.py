# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-1 drops what a set of address, port and network contains."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule of node-1 drops what a set of address, port and network contains."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Run(
            "node-1",
            "ipset create pairs hash:ip,port,net\nipset add pairs <client-1>,tcp:8080,10.244.2.0/24",
            "ipset destroy pairs",
        ),
        Rule("node-1", "filter FORWARD -m set --match-set pairs src,dst,dst -j DROP"),
    )
