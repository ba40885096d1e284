# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that drop and reject other pods, other ports, invalid packets."""

from __future__ import annotations

from podnet_lab.changes import Rule, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Rules that drop and reject other pods, other ports, invalid packets."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables", "host-gw")
    changes = (
        Rule("node-2", "filter FORWARD -s 10.244.1.250/32 -d 10.244.2.250/32 -j DROP"),
        Rule("node-2", "filter FORWARD -d <web-2>/32 -p tcp --dport 9 -j REJECT"),
        Rule("node-2", "mangle FORWARD -d <web-2>/32 -p udp -j DROP"),
        nft_chain(
            "node-2",
            "inet",
            "forward",
            "ct state invalid drop\nip saddr 203.0.113.0/24 drop\ntcp dport 9090 reject",
            "5",
        ),
    )
