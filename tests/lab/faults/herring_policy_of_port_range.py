# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy admits a range of ports and a name, both right, and node-2 drops the port by its own rule."""

from __future__ import annotations

from podnet_lab.changes import Objects, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import policy, serving

POLICY = policy(
    "open-3",
    policyTypes=["Ingress"],
    ingress=[{"ports": [{"protocol": "TCP", "port": 8000, "endPort": 8090}, {"port": "http"}]}],
)


class FaultClass(Made):
    """A NetworkPolicy admits a range of ports and a name, both right, and node-2 drops the port by its own rule."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/open-3", port=8080)
    modes = ("nftables",)
    scene = (serving("open-3"),)
    changes = (
        Objects((POLICY,)),
        nft_chain("node-2", "inet", "forward", "ip daddr <open-3> tcp dport 8080 counter drop", "-5"),
    )
