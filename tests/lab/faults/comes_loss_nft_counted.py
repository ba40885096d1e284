# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of nft on node-2 drops six of a hundred packets and counts them."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A table of nft on node-2 drops six of a hundred packets and counts them."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    traffic = Traffic("pod:default/client-1", "<web-2>", protocol="icmp")
    attempts = 400
    lost = (3, 200)
    changes = (nft_chain("node-2", "inet", "forward", "ip daddr <web-2> numgen random mod 100 < 6 counter drop", "-5"),)
