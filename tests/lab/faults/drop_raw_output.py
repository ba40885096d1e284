# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops its own connections to a pod in raw OUTPUT."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops its own connections to a pod in raw OUTPUT."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1"},
        source="node:node-1",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    changes = (Rule("node-1", "raw OUTPUT -d <web-2>/32 -p tcp --dport 8080 -j DROP"),)
