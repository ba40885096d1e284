# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops the client's packets at this time of the day."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops the client's packets at this time of the day."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (Rule("node-2", "filter FORWARD -s <client-1>/32 -m time --timestart 00:00 --timestop 23:59:59 -j DROP"),)
