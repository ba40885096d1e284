# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 sends its own connections to the API server's port elsewhere."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 sends its own connections to the API server's port elsewhere."""

    truth = Truth(
        id="redirect-target-missing",
        location={"node": "node-1"},
        source="node:node-1",
        destination="service:default/web",
        port=80,
    )
    modes = ("iptables", "nftables")
    changes = (
        Rule("node-1", "nat OUTPUT -d <service:web>/32 -p tcp --dport 80 -j DNAT --to-destination 192.0.2.99:80"),
    )
