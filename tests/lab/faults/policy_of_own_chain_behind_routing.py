# SPDX-License-Identifier: GPL-3.0-or-later
"""A chain of node-2 behind routing lets pass what a map of protocols knows, and drops the rest by its policy."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A chain of node-2 behind routing lets pass what a map of protocols knows, and drops the rest by its policy."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        Nft(
            "node-2",
            "inet",
            "map known {\ntype inet_proto : verdict;\nelements = { icmp : accept, udp : accept, tcp : jump ports }\n}\n"
            "chain ports {\nct direction reply accept\nip saddr != 10.244.1.2-10.244.1.254 accept\n"
            "tcp dport != 8000-8090 accept\n}\n"
            "chain first {\ntype filter hook postrouting priority 150; policy drop;\n"
            "meta l4proto vmap @known\n}",
        ),
    )
