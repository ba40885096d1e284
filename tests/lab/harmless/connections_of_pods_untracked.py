# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 tracks pod connections in neither direction, and both pass."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 tracks pod connections in neither direction, and both pass."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Rule("node-2", "raw PREROUTING -s <client-1>/32 -d <web-2>/32 -j CT --notrack"),
        Rule("node-2", "raw PREROUTING -s <web-2>/32 -d <client-1>/32 -j CT --notrack"),
    )
