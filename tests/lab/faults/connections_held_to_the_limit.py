# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 allows each client three connections at a time, and the client holds three."""

from __future__ import annotations

from podnet_lab.changes import Nft, Running
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

HOLD = """
import socket, time
held = [socket.create_connection(("<web-2>", 8080), 3) for _unused in range(3)]
print("held", flush=True)
while True: time.sleep(60)
"""
BODY = """
set clients {
    type ipv4_addr
    flags dynamic
    size 65535
}
chain first {
    type filter hook forward priority -5; policy accept;
    ip daddr <web-2> tcp dport 8080 ct state new add @clients { ip saddr ct count over 3 } counter drop
}
"""


class FaultClass(Made):
    """node-1 allows each client three connections at a time, and the client holds three."""

    truth = Truth(id="connection-limit", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080)
    changes = (Nft("node-1", "ip", BODY), Running("node-1", HOLD, pod="client-1", name="podnet-held"))
