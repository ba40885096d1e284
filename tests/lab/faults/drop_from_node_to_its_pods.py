# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 may not reach its own pods: OUTPUT drops."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 may not reach its own pods: OUTPUT drops."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2"},
        source="node:node-2",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (Rule("node-2", "filter OUTPUT -o cni0 -p tcp --dport 8080 -j DROP"),)
