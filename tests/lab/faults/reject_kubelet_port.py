# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 resets connections to its own port 10250."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 resets connections to its own port 10250."""

    truth = Truth(
        id="netfilter-reject", location={"node": "node-2"}, source="node:node-1", destination="node:node-2", port=10250
    )
    modes = ("iptables", "nftables")
    changes = (Rule("node-2", "filter INPUT -s <node-1>/32 -p tcp --dport 10250 -j REJECT --reject-with tcp-reset"),)
