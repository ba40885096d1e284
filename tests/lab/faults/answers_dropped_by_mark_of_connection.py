# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 marks new connections to the server, and drops what comes back on marked ones."""

from __future__ import annotations

from podnet_lab.changes import Nft, Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BODY = """
chain in {
    type filter hook forward priority -10; policy accept;
    ip daddr <web-2> tcp dport 8080 ct state new ct mark set 0x99
}
chain out {
    type filter hook postrouting priority -160; policy accept;
    oifname { "eth0", "flannel.1" } ct mark 0x99 ct direction reply drop
}
"""


class FaultClass(Made):
    """node-2 marks new connections to the server, and drops what comes back on marked ones."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (Nft("node-2", "inet", BODY), Rule("node-1", "raw PREROUTING -s <client-1>/32 -j CT --zone-orig 5"))
