# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops echoes to a pod, and a ping was asked for."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops echoes to a pod, and a ping was asked for."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/client-2", protocol="icmp")
    changes = (nft_chain("node-2", "inet", "forward", "ip daddr <client-2> icmp type echo-request drop"),)
