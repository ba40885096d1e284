# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's namespace answers no ARP."""

from __future__ import annotations

from podnet_lab.changes import Run, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The server's namespace answers no ARP."""

    truth = Truth(id="neighbour-failed", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Sysctl("node-2", "net/ipv4/conf/all/arp_ignore", "8", "0", pod="web-2"),
        Run("node-2", "ip neigh flush dev cni0"),
    )
