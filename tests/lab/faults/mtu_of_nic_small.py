# SPDX-License-Identifier: GPL-3.0-or-later
"""eth0 of node-2 takes 1400 bytes; the tunnel packets of node-1 have up to 1500."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """eth0 of node-2 takes 1400 bytes; the tunnel packets of node-1 have up to 1500."""

    truth = Truth(
        id="mtu-mismatch",
        location={"node": "node-2", "device": "eth0"},
        destination="pod:default/client-2",
        protocol="icmp",
    )
    modes = ("iptables", "host-gw")
    traffic = Traffic("pod:default/client-1", "<client-2>", protocol="icmp", size=1420)
    changes = (Run("node-2", "ip link set eth0 mtu 1400", "ip link set eth0 mtu 1500"),)
