# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall of a machine outside drops connections from the nodes."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The firewall of a machine outside drops connections from the nodes."""

    truth = Truth(id="netfilter-drop", location={"node": "outside"}, destination="host:outside", port=22)
    changes = (Rule("outside", "filter INPUT -s 192.0.2.0/24 -p tcp --dport 22 -j DROP"),)
