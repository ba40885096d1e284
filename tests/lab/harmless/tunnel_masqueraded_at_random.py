# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 translates its tunnel's packets to source ports by lot, of which the other end asks nothing."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 translates its tunnel's packets to source ports by lot, of which the other end asks nothing."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "iptables")
    attempts = 12
    changes = (Rule("node-1", "nat POSTROUTING -o eth0 -p udp --dport 8472 -j MASQUERADE --random-fully"),)
