# SPDX-License-Identifier: GPL-3.0-or-later
"""A meter of nftables on node-1 lets each client open three connections a second to a node port."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

BODY = """
set callers {
    type ipv4_addr
    flags dynamic, timeout
    timeout 1m
    size 4096
}
chain first {
    type filter hook prerouting priority -310; policy accept;
    tcp dport 30080 tcp flags & (syn | ack) == syn jump counted
}
chain counted {
    update @callers { ip saddr limit rate over 3/second burst 4 packets } counter drop
}
"""


class FaultClass(Made):
    """A meter of nftables on node-1 lets each client open three connections a second to a node port."""

    truth = Truth(
        id="connection-limit", location={"node": "node-1"}, source="host:outside", destination="node:node-1", port=30080
    )
    modes = ("nftables",)
    traffic = Traffic("host:outside", "<node-1>", 30080, seconds=0.7)
    attempts = 30
    lost = (8, 30)
    changes = (Nft("node-1", "ip", BODY),)
