# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's tunnel takes less than its pods send, and though it hardly sends ICMP errors it tells sizes."""

from __future__ import annotations

from podnet_lab.changes import Run, Sysctl, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-1's tunnel takes less than its pods send, and though it hardly sends ICMP errors it tells sizes."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=20000)
    changes = (
        Sysctl("node-1", "net/ipv4/icmp_ratelimit", "60000", "1000"),
        Sysctl("node-1", "net/ipv4/icmp_ratemask", "524287", "6168"),
        Run("node-1", "ip link set flannel.1 mtu 1300", "ip link set flannel.1 mtu 1450"),
        in_pod("client-1", "ip route flush cache", "ip route flush cache"),
    )
