# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 answers its pods for each other, and forwards between them."""

from __future__ import annotations

from podnet_lab.changes import Sysctl, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 answers its pods for each other, and forwards between them."""

    truth = Truth(id="", source="pod:default/client-2", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Sysctl("node-2", "net/ipv4/conf/cni0/proxy_arp_pvlan", "1", "0"),
        in_pod("client-2", "ip neigh flush dev eth0", "ip neigh flush dev eth0"),
    )
