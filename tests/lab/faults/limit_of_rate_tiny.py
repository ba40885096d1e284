# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 lets one packet a second through to a pod, and drops the rest."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 lets one packet a second through to a pod, and drops the rest."""

    truth = Truth(
        id="netfilter-drop",
        # It drops all but one packet a minute: a rule that drops, and a limit.
        also=("connection-limit",),
        location={"node": "node-2"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    attempts = 12
    lost = (8, 12)
    changes = (
        Rule("node-2", "filter FORWARD -d <web-2>/32 -p tcp -j DROP"),
        Rule("node-2", "filter FORWARD -d <web-2>/32 -p tcp -m limit --limit 1/second --limit-burst 1 -j ACCEPT"),
    )
