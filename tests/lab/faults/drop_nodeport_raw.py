# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops a NodePort's packets before their destination is translated."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops a NodePort's packets before their destination is translated."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-1"}, source="host:outside", destination="node:node-1", port=30080
    )
    modes = ("iptables", "nftables")
    changes = (Rule("node-1", "raw PREROUTING -p tcp --dport 30080 -j DROP"),)
