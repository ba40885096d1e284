# SPDX-License-Identifier: GPL-3.0-or-later
"""A native table of node-2 drops before all tables of iptables, at priority -350."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A native table of node-2 drops before all tables of iptables, at priority -350."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables", "host-gw")
    changes = (nft_chain("node-2", "inet", "prerouting", "ip daddr <web-2> tcp dport 8080 drop", "-350"),)
