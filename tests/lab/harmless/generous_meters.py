# SPDX-License-Identifier: GPL-3.0-or-later
"""Meters of nftables on node-1 let each client open a thousand connections a second."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

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
    update @callers { ip saddr limit rate over 1000/second burst 2000 packets } counter drop
}
"""


class FaultClass(Made):
    """Meters of nftables on node-1 let each client open a thousand connections a second."""

    truth = Truth(id="", source="host:outside", destination="node:node-1", port=30080)
    modes = ("iptables", "nftables")
    changes = (Nft("node-1", "ip", BODY),)
