# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops at the ingress hook of an inet table."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops at the ingress hook of an inet table."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Nft(
            "node-2",
            "inet",
            "chain first {\ntype filter hook ingress device eth0 priority 0; policy accept;\nudp dport 8472 drop\n}",
        ),
    )
