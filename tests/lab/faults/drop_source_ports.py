# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops connections that start from the ports which programs get by default."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops connections that start from the ports which programs get by default."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (Rule("node-1", "filter FORWARD -s <client-1>/32 -p tcp --sport 32768:60999 --dport 8080 -j DROP"),)
