# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-1 sends what is for one pod to another, which does not serve the port."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule of node-1 sends what is for one pod to another, which does not serve the port."""

    truth = Truth(
        id="redirect-target-missing", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables")
    changes = (
        Rule("node-1", "nat PREROUTING -s <client-1>/32 -d <web-2>/32 -p tcp -j DNAT --to-destination <client-2>:8080"),
    )
