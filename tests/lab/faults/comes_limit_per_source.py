# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of node-2 drops whoever opens more than five connections a second, each client by itself."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

BODY = """
set meters {
type ipv4_addr
size 65535
flags dynamic,timeout
timeout 1m
}
chain forward {
type filter hook forward priority -5; policy accept;
tcp dport 8080 ct state new update @meters { ip saddr limit rate over 5/second burst 4 packets } counter drop
}
"""


class FaultClass(Made):
    """A table of node-2 drops whoever opens more than five connections a second, each client by itself."""

    truth = Truth(id="connection-limit", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, seconds=0.7)
    attempts = 30
    lost = (8, 30)
    changes = (Nft("node-2", "ip", BODY),)
