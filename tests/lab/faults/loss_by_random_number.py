# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 draws a number for each answer of a pod, and drops the lower half."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 draws a number for each answer of a pod, and drops the lower half."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/client-2", protocol="icmp")
    modes = ("iptables", "host-gw")
    attempts = 40
    lost = (8, 35)
    changes = (nft_chain("node-2", "inet", "forward", "ip saddr <client-2> meta random <= 1800000000 drop"),)
