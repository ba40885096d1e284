# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 rejects what a program of its own answers: the error goes to that program, the client hears nothing."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 rejects what a program of its own answers: the error goes to that program, the client hears nothing."""

    truth = Truth(id="netfilter-reject", location={"node": "node-2"}, destination="node:node-2", port=10256)
    modes = ("nftables", "host-gw")
    changes = (Rule("node-2", "filter OUTPUT -p tcp --sport 10256 -j REJECT --reject-with icmp-host-prohibited"),)
