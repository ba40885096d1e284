# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops three of ten packets to a pod."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops three of ten packets to a pod."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/client-2", protocol="icmp")
    modes = ("iptables", "nftables", "host-gw")
    attempts = 40
    lost = (3, 35)
    changes = (Rule("node-2", "filter FORWARD -d <client-2>/32 -m statistic --mode random --probability 0.3 -j DROP"),)
