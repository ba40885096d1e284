# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 rejects port 22 from outside with an ICMP message, for a host that is no node."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 rejects port 22 from outside with an ICMP message, for a host that is no node."""

    truth = Truth(
        id="netfilter-reject", location={"node": "node-1"}, source="host:outside", destination="node:node-1", port=22
    )
    changes = (Rule("node-1", "filter INPUT -s 198.51.100.10/32 -p tcp --dport 22 -j REJECT"),)
