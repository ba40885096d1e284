# SPDX-License-Identifier: GPL-3.0-or-later
"""A chain at node-2's tunnel drops by its policy whom its list does not know."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A chain at node-2's tunnel drops by its policy whom its list does not know."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables",)
    changes = (
        Nft(
            "node-2",
            "netdev",
            "set known {\ntype ipv4_addr;\nelements = { 10.244.1.0, 10.244.1.1, <client-2> }\n}\n"
            'chain first {\ntype filter hook ingress device "flannel.1" priority 0; policy drop;\n'
            "ip protocol != tcp accept\nip saddr @known accept\ntcp dport != 8080 accept\n}",
        ),
    )
