# SPDX-License-Identifier: GPL-3.0-or-later
"""A program sees connections and means others; node-1 drops what goes by one next hop."""

from __future__ import annotations

from podnet_lab.bpf import GroupBpf
from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A program sees connections and means others; node-1 drops what goes by one next hop."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1"},
        source="node:node-1",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("host-gw",)
    changes = (
        GroupBpf("node-1", "<web-2>", 9, "connect"),
        nft_chain("node-1", "ip", "postrouting", "rt nexthop 192.0.2.12 tcp dport 8080 drop"),
    )
