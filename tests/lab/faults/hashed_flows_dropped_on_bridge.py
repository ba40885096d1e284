# SPDX-License-Identifier: GPL-3.0-or-later
"""The bridge of node-2 drops a third of the connections to a pod, by a hash of their ports."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The bridge of node-2 drops a third of the connections to a pod, by a hash of their ports."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    attempts = 30
    lost = (3, 27)
    changes = (
        nft_chain("node-2", "bridge", "output", "ip daddr <web-2> tcp dport 8080 jhash tcp sport mod 3 == 0 drop"),
    )
