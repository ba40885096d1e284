# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops answers from port 8080 on their way to its pods."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops answers from port 8080 on their way to its pods."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (nft_chain("node-1", "ip", "forward", "ip daddr <client-1> tcp sport 8080 counter drop", "-5"),)
