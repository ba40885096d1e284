# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops what comes to one of its addresses by another device than has it."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops what comes to one of its addresses by another device than has it."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2"},
        source="pod:default/client-2",
        destination="node:node-2",
        port=10250,
    )
    modes = ("iptables", "nftables")
    changes = (
        nft_chain(
            "node-2",
            "inet",
            "input",
            'iifname "cni0" ip daddr 192.0.2.12 tcp dport 10250 fib daddr . iif type != local drop',
        ),
    )
