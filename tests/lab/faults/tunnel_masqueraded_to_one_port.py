# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 translates its tunnel's packets to one source port: one flow has it, and the others wait."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 translates its tunnel's packets to one source port: one flow has it, and the others wait."""

    truth = Truth(
        id="nat-ports-exhausted", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables", "iptables")
    attempts = 12
    lost = (4, 12)
    changes = (Rule("node-1", "nat POSTROUTING -o eth0 -p udp --dport 8472 -j MASQUERADE --to-ports 8472"),)
