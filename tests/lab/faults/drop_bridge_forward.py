# SPDX-License-Identifier: GPL-3.0-or-later
"""The bridge of node-1 drops frames from one of its pods to another, in the family bridge."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The bridge of node-1 drops frames from one of its pods to another, in the family bridge."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-1.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (nft_chain("node-1", "bridge", "forward", "ip daddr <web-1> tcp dport 8080 drop"),)
