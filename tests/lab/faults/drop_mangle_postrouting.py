# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops the echo after it was routed, in mangle POSTROUTING."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops the echo after it was routed, in mangle POSTROUTING."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/client-2", protocol="icmp")
    modes = ("iptables", "nftables", "host-gw")
    changes = (Rule("node-1", "mangle POSTROUTING -d <client-2>/32 -j DROP"),)
