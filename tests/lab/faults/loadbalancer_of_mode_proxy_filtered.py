# SPDX-License-Identifier: GPL-3.0-or-later
"""A balancer outside wants to see all clients itself, and its firewall drops those from the nodes."""

from __future__ import annotations

from podnet_lab.balancers import relayed
from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A balancer outside wants to see all clients itself, and its firewall drops those from the nodes."""

    truth = Truth(id="netfilter-drop", location={"node": "outside"}, destination="host:outside", port=8099)
    modes = ("iptables", "nftables")
    scene = relayed()
    changes = (Rule("outside", "filter INPUT -s 192.0.2.0/24 -d 198.51.100.10/32 -p tcp --dport 8099 -j DROP"),)
