# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 may not reach the pods of node-2: its own OUTPUT drops."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 may not reach the pods of node-2: its own OUTPUT drops."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1"},
        source="node:node-1",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    changes = (Rule("node-1", "filter OUTPUT -d 10.244.2.0/24 -p tcp -j DROP"),)
