# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops connection requests by their window."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops connection requests by their window."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (nft_chain("node-2", "ip", "forward", "ip daddr <web-2> tcp flags syn tcp window > 1000 drop"),)
