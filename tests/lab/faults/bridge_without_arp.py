# SPDX-License-Identifier: GPL-3.0-or-later
"""cni0 of node-2 is set to NOARP: it asks nobody for the hardware addresses of its pods."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """cni0 of node-2 is set to NOARP: it asks nobody for the hardware addresses of its pods."""

    truth = Truth(
        id="neighbour-failed", location={"node": "node-2"}, destination="pod:default/client-2", protocol="icmp"
    )
    modes = ("iptables", "host-gw")
    changes = (Run("node-2", "ip link set cni0 arp off", "ip link set cni0 arp on"),)
