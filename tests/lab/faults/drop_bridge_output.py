# SPDX-License-Identifier: GPL-3.0-or-later
"""The bridge of node-2 drops what the node itself sends to a pod, routed packets too."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The bridge of node-2 drops what the node itself sends to a pod, routed packets too."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/client-2", protocol="icmp")
    changes = (nft_chain("node-2", "bridge", "output", "ip daddr <client-2> icmp type echo-request drop"),)
