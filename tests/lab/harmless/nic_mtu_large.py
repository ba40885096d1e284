# SPDX-License-Identifier: GPL-3.0-or-later
"""eth0 of node-1 takes 9000 bytes; its tunnel has the size that fits both."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """eth0 of node-1 takes 9000 bytes; its tunnel has the size that fits both."""

    truth = Truth(id="", destination="pod:default/client-2", protocol="icmp")
    modes = ("iptables", "host-gw")
    changes = (Run("node-1", "ip link set eth0 mtu 9000", "ip link set eth0 mtu 1500"),)
