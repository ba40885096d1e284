# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's namespace rewrites one port to another and back, without connection tracking."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

BODY = """
chain in {
    type filter hook prerouting priority -300; policy accept;
    tcp dport 9999 notrack tcp dport set 8080
}
chain out {
    type filter hook output priority -300; policy accept;
    tcp sport 8080 notrack tcp sport set 9999
}
"""


class FaultClass(Made):
    """The server's namespace rewrites one port to another and back, without connection tracking."""

    truth = Truth(id="", destination="pod:default/turned-1", port=9999)
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (serving("turned-1"), Nft("<turned-1.node>", "ip", BODY, pod="turned-1"))
