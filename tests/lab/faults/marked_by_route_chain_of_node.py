# SPDX-License-Identifier: GPL-3.0-or-later
"""A chain of type route marks what node-1 itself sends to a pod, and the mark leads nowhere."""

from __future__ import annotations

from podnet_lab.changes import Nft, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A chain of type route marks what node-1 itself sends to a pod, and the mark leads nowhere."""

    truth = Truth(
        id="policy-route-diverts",
        location={"node": "node-1"},
        source="node:node-1",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    changes = (
        Nft(
            "node-1",
            "ip",
            "chain first {\ntype route hook output priority -150; policy accept;\n"
            "ip daddr 10.244.2.0/24 tcp dport 8080 meta mark set 0x77\n}",
        ),
        Run(
            "node-1",
            "ip route add unreachable default table 309\nip rule add pref 309 fwmark 0x77/0xff lookup 309",
            "ip rule del pref 309\nip route flush table 309",
        ),
    )
