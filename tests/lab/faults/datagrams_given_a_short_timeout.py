# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-1 gives UDP connections a timeout object of one second, and the server answers after three."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.made import Made
from podnet_lab.slow_datagrams import ASKED, FORGOTTEN, SLOW

BODY = """
ct timeout hasty {
protocol udp
l3proto ip
policy = { unreplied : 1, replied : 1 }
}
chain first {
type filter hook prerouting priority -150; policy accept;
meta l4proto udp ct timeout set "hasty"
}
"""


class FaultClass(Made):
    """A rule of node-1 gives UDP connections a timeout object of one second, and the server answers after three."""

    truth = FORGOTTEN
    modes = ("iptables", "host-gw")
    traffic = ASKED
    scene = (SLOW,)
    changes = (Nft("node-1", "ip", BODY, "timeouts"),)
