# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops what has passed more than one router."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops what has passed more than one router."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/client-2", protocol="icmp")
    changes = (Rule("node-2", "filter FORWARD -d <client-2>/32 -m ttl --ttl-lt 64 -j DROP"),)
