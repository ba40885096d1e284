# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 writes a window of nothing into a server's answers: connections open, and carry nothing."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 writes a window of nothing into a server's answers: connections open, and carry nothing."""

    truth = Truth(id="packet-rewritten", location={"node": "node-2"}, destination="pod:default/wide-1", port=8080)
    modes = ("iptables", "host-gw")
    traffic = Traffic("pod:default/client-1", "<wide-1>", 8080, size=100, seconds=2.0)
    scene = (serving("wide-1"),)
    changes = (nft_chain("node-2", "ip", "forward", "ip saddr <wide-1> tcp sport 8080 tcp window set 0", "10"),)
