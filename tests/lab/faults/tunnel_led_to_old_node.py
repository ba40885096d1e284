# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-1 still leads the tunnel to the address that node-2 had before it was moved."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule of node-1 still leads the tunnel to the address that node-2 had before it was moved."""

    truth = Truth(
        id="redirect-target-missing", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables",)
    changes = (
        Rule("node-1", "nat OUTPUT -d 192.0.2.12/32 -p udp --dport 8472 -j DNAT --to-destination 192.0.2.77"),
        Run("node-1", "conntrack -D -p udp --dport 8472"),
    )
