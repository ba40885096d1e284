# SPDX-License-Identifier: GPL-3.0-or-later
"""A limit of new connections is far above what is sent."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A limit of new connections is far above what is sent."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Rule("node-2", "filter FORWARD -p tcp --syn --dport 8080 -j DROP"),
        Rule("node-2", "filter FORWARD -p tcp --syn --dport 8080 -m limit --limit 900/s --limit-burst 900 -j ACCEPT"),
    )
