# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops handshakes that announce large segments."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops handshakes that announce large segments."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (nft_chain("node-1", "inet", "forward", "ip saddr <client-1> tcp option maxseg size > 1300 drop", "-5"),)
