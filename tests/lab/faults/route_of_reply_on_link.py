# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 takes node-1's pods for neighbours on its own wire."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 takes node-1's pods for neighbours on its own wire."""

    truth = Truth(id="route-wrong", location={"node": "node-2"}, destination="pod:default/client-2", protocol="icmp")
    modes = ("iptables", "host-gw")
    changes = (Run("node-2", "ip route add <client-1>/32 dev eth0 scope link", "ip route del <client-1>/32"),)
