# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's route to node-2's pods locks an MTU of 600 and large packets are dropped silently."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-1's route to node-2's pods locks an MTU of 600 and large packets are dropped silently."""

    truth = Truth(
        id="path-mtu-blackhole", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables")
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=20000)
    changes = (
        Run(
            "node-1",
            "ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink mtu lock 600",
            "ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink",
        ),
        Rule("node-1", "filter OUTPUT -p icmp --icmp-type fragmentation-needed -j DROP"),
    )
