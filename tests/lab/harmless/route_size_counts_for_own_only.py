# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's route has a small size, which does not count for what is forwarded."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-1's route has a small size, which does not count for what is forwarded."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "iptables")
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=20000)
    changes = (
        Run(
            "node-1",
            "ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink mtu 600",
            "ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink",
        ),
        Rule("node-1", "filter OUTPUT -d <client-1>/32 -p icmp --icmp-type fragmentation-needed -j DROP"),
    )
