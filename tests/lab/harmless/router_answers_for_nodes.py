# SPDX-License-Identifier: GPL-3.0-or-later
"""The switch keeps the nodes apart, and the router answers for each of them and forwards."""

from __future__ import annotations

from podnet_lab.changes import Run, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The switch keeps the nodes apart, and the router answers for each of them and forwards."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables",)
    changes = (
        Sysctl("fabric", "net/ipv4/conf/all/send_redirects", "0", "1"),
        Sysctl("fabric", "net/ipv4/conf/nodes/send_redirects", "0", "1"),
        Sysctl("fabric", "net/ipv4/conf/nodes/proxy_arp_pvlan", "1", "0"),
        Run("fabric", "bridge link set dev node-1 isolated on", "bridge link set dev node-1 isolated off"),
        Run("fabric", "bridge link set dev node-2 isolated on", "bridge link set dev node-2 isolated off"),
        Run("node-1", "ip neigh flush dev eth0", "ip neigh flush dev eth0"),
        Run("node-2", "ip neigh flush dev eth0", "ip neigh flush dev eth0"),
    )
