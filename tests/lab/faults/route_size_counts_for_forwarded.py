# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 keeps to its route's small size for what it forwards too, and drops what would tell the sender."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-1 keeps to its route's small size for what it forwards too, and drops what would tell the sender."""

    truth = Truth(
        id="path-mtu-blackhole", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables",)
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=20000)
    changes = (
        Run(
            "node-1",
            "ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink mtu 600",
            "ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink",
        ),
        Rule("node-1", "filter OUTPUT -d <client-1>/32 -p icmp --icmp-type fragmentation-needed -j DROP"),
        in_pod("client-1", "ip route flush cache"),
    )
