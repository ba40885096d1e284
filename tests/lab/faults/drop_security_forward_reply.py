# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops the answers of a pod in the table security."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops the answers of a pod in the table security."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (Rule("node-2", "security FORWARD -s <web-2>/32 -p tcp --sport 8080 -j DROP"),)
