# SPDX-License-Identifier: GPL-3.0-or-later
"""The network between the nodes takes 1400 bytes from node-1, which nobody told it."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """The network between the nodes takes 1400 bytes from node-1, which nobody told it."""

    truth = Truth(id="path-mtu-blackhole", destination="pod:default/client-2", protocol="icmp")
    modes = ("iptables", "host-gw")
    traffic = Traffic("pod:default/client-1", "<client-2>", protocol="icmp", size=1420)
    changes = (Run("fabric", "ip link set node-1 mtu 1400", "ip link set node-1 mtu 1500"),)
