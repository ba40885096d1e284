# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 remembers each client for a minute in a set of nftables, and drops the next connections of those it knows."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BODY = """
set known {
    type ipv4_addr
    flags dynamic, timeout
    timeout 1m
}
chain first {
    type filter hook forward priority -6; policy accept;
    ip daddr <web-2> tcp dport 8080 ct state new ip saddr @known counter drop
    ip daddr <web-2> tcp dport 8080 ct state new add @known { ip saddr }
}
"""


class FaultClass(Made):
    """node-2 remembers each client for a minute in a set of nftables, and drops the next connections of those."""

    truth = Truth(
        id="netfilter-drop",
        also=("connection-limit",),  # the rule drops by an element that a limit has put there
        location={"node": "node-2"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    changes = (Nft("node-2", "ip", BODY),)
