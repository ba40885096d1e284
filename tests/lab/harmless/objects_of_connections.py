# SPDX-License-Identifier: GPL-3.0-or-later
"""Helpers and timeouts are given to the connections, and change nothing of them."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BODY = """
ct helper transfer {
type "ftp" protocol tcp
l3proto ip
}
ct timeout patient {
protocol tcp
l3proto ip
policy = { established : 3600, syn_sent : 30 }
}
chain first {
type filter hook prerouting priority -150; policy accept;
tcp dport 8080 ct timeout set "patient"
}
chain second {
type filter hook forward priority -20; policy accept;
tcp dport 8080 ct state new ct helper set "transfer"
}
"""


class FaultClass(Made):
    """Helpers and timeouts are given to the connections, and change nothing of them."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (Nft("node-1", "ip", BODY, "objects"), Nft("node-2", "ip", BODY, "objects"))
