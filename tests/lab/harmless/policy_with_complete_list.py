# SPDX-License-Identifier: GPL-3.0-or-later
"""A chain at node-2's device for pods drops by its policy, and its list knows all that come."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A chain at node-2's device for pods drops by its policy, and its list knows all that come."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        Nft(
            "node-2",
            "netdev",
            "set known {\ntype ipv4_addr . inet_service;\nflags interval;\nelements = { 10.244.0.0/16 . 1-65535 }\n}\n"
            'chain first {\ntype filter hook egress device "<web-2.veth>" priority 0; policy drop;\n'
            "ip protocol != tcp accept\nether type arp accept\nip saddr . tcp dport @known accept\n}",
        ),
    )
