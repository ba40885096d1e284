# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 has learned that a pod of its own takes 552 bytes, and does not tell the senders."""

from __future__ import annotations

from podnet_lab.changes import Rule, in_pod
from podnet_lab.faults import Truth
from podnet_lab.learned import Learned
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 has learned that a pod of its own takes 552 bytes, and does not tell the senders."""

    truth = Truth(
        id="path-mtu-blackhole", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables", "host-gw")
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=20000)
    changes = (
        Rule("node-2", "filter OUTPUT -d <client-1>/32 -p icmp --icmp-type fragmentation-needed -j DROP"),
        Learned("node-2", "<web-2>"),
        in_pod("client-1", "ip route flush cache"),
    )
