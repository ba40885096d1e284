# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 has a rule about contents that nobody sends."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 has a rule about contents that nobody sends."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (Rule("node-2", "filter FORWARD -d <web-2>/32 -p tcp -m string --algo bm --string SECRET -j DROP"),)
