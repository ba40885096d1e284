# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 lets new connections from the tunnel pass to networks and ranges of ports of a list, and drops others."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BODY = """
set open {
    type ipv4_addr . inet_service
    flags interval
    elements = { 10.244.2.0/24 . 53, 10.244.2.0/24 . 80-8079, 10.244.2.0/24 . 8081-9999 }
}
chain fresh {
    meta l4proto tcp ip daddr . tcp dport != @open drop
}
chain first {
    type filter hook forward priority -5; policy accept;
    ct state . iifname vmap { new . "flannel.1" : jump fresh }
}
"""


class FaultClass(Made):
    """node-2 lets new connections from the tunnel pass to networks and ranges of ports of a list, and drops others."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    changes = (Nft("node-2", "ip", BODY),)
