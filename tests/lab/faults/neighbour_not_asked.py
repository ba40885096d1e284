# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 sends no ARP on its bridge: mcast_solicit is 0."""

from __future__ import annotations

from podnet_lab.changes import Run, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 sends no ARP on its bridge: mcast_solicit is 0."""

    truth = Truth(id="neighbour-failed", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables", "host-gw")
    changes = (
        Sysctl("node-2", "net/ipv4/neigh/cni0/mcast_solicit", "0", "3"),
        Run("node-2", "ip neigh flush dev cni0"),
    )
