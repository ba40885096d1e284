# SPDX-License-Identifier: GPL-3.0-or-later
"""A second firewall of node-2 drops the answers at priority 10, after iptables has accepted them."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A second firewall of node-2 drops the answers at priority 10, after iptables has accepted them."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/client-2", protocol="icmp")
    modes = ("iptables", "nftables")
    changes = (nft_chain("node-2", "inet", "forward", "ip saddr <client-2> icmp type echo-reply counter drop", "10"),)
