# SPDX-License-Identifier: GPL-3.0-or-later
"""A NetworkPolicy whose empty lists admit everybody, and node-2 drops the port by a rule of its own."""

from __future__ import annotations

from podnet_lab.changes import Objects, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import policy, serving

POLICY = policy("open-1", policyTypes=["Ingress"], ingress=[{"from": [], "ports": []}])


class FaultClass(Made):
    """A NetworkPolicy whose empty lists admit everybody, and node-2 drops the port by a rule of its own."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/open-1", port=8080)
    modes = ("nftables",)
    scene = (serving("open-1"),)
    changes = (
        Objects((POLICY,)),
        nft_chain("node-2", "inet", "forward", "ip daddr <open-1> tcp dport 8080 counter drop", "-5"),
    )
