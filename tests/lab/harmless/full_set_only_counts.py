# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 writes down connections in a set that is full, and goes on."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BODY = """
set seen {
    type ipv4_addr . inet_service
    size 2
    flags dynamic
    elements = { 10.244.9.9 . 1, 10.244.9.9 . 2 }
}
chain first {
    type filter hook forward priority -5; policy accept;
    ip daddr <web-2> tcp dport 8080 tcp flags & (syn | ack) == syn add @seen { ip saddr . tcp sport } counter
}
"""


class FaultClass(Made):
    """node-2 writes down connections in a set that is full, and goes on."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    changes = (Nft("node-2", "ip", BODY),)
