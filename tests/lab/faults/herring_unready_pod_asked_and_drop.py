# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod is not Ready for a reason of its own, is asked by its address, and node-2 drops that."""

from __future__ import annotations

from podnet_lab.changes import Objects, nft_chain
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, readiness, service


class FaultClass(Made):
    """A pod is not Ready for a reason of its own, is asked by its address, and node-2 drops that."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/warming-2", port=8080)
    modes = ("nftables",)
    scene = (
        Objects((pod("warming-2", container=readiness(8081)), service("warming-2")), running=("warming-2",)),
        Event("warming-2", "Unhealthy"),
    )
    changes = (nft_chain("node-2", "inet", "forward", "ip saddr <client-1> ip daddr <warming-2> tcp dport 8080 drop"),)
