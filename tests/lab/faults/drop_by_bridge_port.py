# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops what comes from one port of its bridge, as a host for virtual machines does."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops what comes from one port of its bridge, as a host for virtual machines does."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (Rule("node-1", "filter FORWARD -m physdev --physdev-in <client-1.veth> -p tcp --dport 8080 -j DROP"),)
