# SPDX-License-Identifier: GPL-3.0-or-later
"""One of two pods of a Service is not Ready; the path to the other one is dropped."""

from __future__ import annotations

from podnet_lab.changes import Objects, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, readiness, service


class FaultClass(Made):
    """One of two pods of a Service is not Ready; the path to the other one is dropped."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="service:default/pairs", port=80)
    modes = ("nftables", "host-gw")
    scene = (
        Objects(
            (
                pod("pairs-1", labels={"app": "pairs"}),
                pod("pairs-2", "node-1", labels={"app": "pairs"}, container=readiness(8099)),
                service("pairs"),
            ),
            ready=("pairs-1",),
            running=("pairs-2",),
        ),
    )
    changes = (nft_chain("node-2", "ip", "postrouting", "ip daddr <pairs-1> ct state new drop", "110"),)
