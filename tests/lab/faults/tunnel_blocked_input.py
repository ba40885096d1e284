# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall of node-2 drops VXLAN at INPUT."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The firewall of node-2 drops VXLAN at INPUT."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/client-2", protocol="icmp")
    modes = ("iptables", "nftables")
    changes = (Rule("node-2", "filter INPUT -p udp --dport 8472 -j DROP"),)
