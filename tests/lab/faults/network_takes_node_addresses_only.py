# SPDX-License-Identifier: GPL-3.0-or-later
"""The network between the nodes lets only the nodes' own addresses leave node-1, as clouds do by default."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The network between the nodes lets only the nodes' own addresses leave node-1, as clouds do by default."""

    truth = Truth(id="pod-addresses-blocked", destination="pod:default/<web-2.name>", port=8080)
    modes = ("host-gw",)
    changes = (nft_chain("fabric", "bridge", "forward", 'iifname "node-1" ip saddr 10.244.0.0/16 counter drop'),)
