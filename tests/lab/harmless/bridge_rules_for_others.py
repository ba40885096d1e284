# SPDX-License-Identifier: GPL-3.0-or-later
"""Chains of the families bridge and netdev that drop what nobody sends here."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Chains of the families bridge and netdev that drop what nobody sends here."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        nft_chain("node-2", "bridge", "forward", "ether saddr 02:00:5e:00:53:01 drop\nip saddr 10.244.2.250 drop"),
        nft_chain(
            "node-1", "netdev", "ingress device <client-1.veth>", "udp dport 4000 drop\nip daddr 203.0.113.0/24 drop"
        ),
    )
