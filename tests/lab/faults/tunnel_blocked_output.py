# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 may not send VXLAN: its OUTPUT drops the answers."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 may not send VXLAN: its OUTPUT drops the answers."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    changes = (Rule("node-2", "filter OUTPUT -p udp --dport 8472 -j DROP"),)
