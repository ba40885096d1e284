# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-2 drops connections that offer congestion notification, and the client offers it."""

from __future__ import annotations

from podnet_lab.changes import Sysctl, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A rule of node-2 drops connections that offer congestion notification, and the client offers it."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, seconds=0.7)
    scene = (Sysctl("node-1", "net/ipv4/tcp_ecn", "1", "2", pod="client-1"),)
    changes = (nft_chain("node-2", "inet", "forward", "tcp flags & (syn | ecn) == (syn | ecn) drop"),)
