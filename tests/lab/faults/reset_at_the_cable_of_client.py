# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule at the client's device on node-1 resets its connections where they enter the node."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule at the client's device on node-1 resets its connections where they enter the node."""

    truth = Truth(id="netfilter-reject", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        Nft(
            "node-1",
            "netdev",
            'chain first {\ntype filter hook ingress device "<client-1.veth>" priority 0; policy accept;\n'
            "ip daddr 10.244.2.0/24 tcp dport 8080 counter reject with tcp reset\n}",
        ),
    )
