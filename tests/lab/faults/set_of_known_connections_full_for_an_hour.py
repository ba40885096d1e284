# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 lets connections pass that it has written down for an hour, and its list is full."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BODY = """
set known {
    type ipv4_addr . inet_service
    size 4
    flags dynamic, timeout
    timeout 1h
}
chain first {
    type filter hook forward priority -5; policy accept;
    ip daddr <web-2> tcp dport 8080 tcp flags & (syn | ack) == syn update @known { ip saddr . tcp sport } accept
    ip daddr <web-2> tcp dport 8080 ip saddr . tcp sport @known accept
    ip daddr <web-2> tcp dport 8080 drop
}
"""


class FaultClass(Made):
    """node-2 lets connections pass that it has written down for an hour, and its list is full."""

    truth = Truth(
        id="netfilter-drop",
        also=("connection-limit",),
        location={"node": "node-2"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables",)
    changes = (Nft("node-2", "ip", BODY),)
