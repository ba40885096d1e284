# SPDX-License-Identifier: GPL-3.0-or-later
"""A native table of node-1 drops three of ten answers of a pod."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A native table of node-1 drops three of ten answers of a pod."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/client-2", protocol="icmp")
    attempts = 40
    lost = (3, 35)
    changes = (nft_chain("node-1", "inet", "forward", "ip saddr <client-2> numgen random mod 10 < 3 drop"),)
