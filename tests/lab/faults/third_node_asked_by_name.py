# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks a node port by the name of a third node, which has none of its pods and drops what comes for it."""

from __future__ import annotations

from podnet_lab.changes import Objects, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A pod asks a node port by the name of a third node, which has none of its pods and drops what comes for it."""

    truth = Truth(id="netfilter-drop", location={"node": "node-3"}, destination="node-3.lab.example", port=30199)
    modes = ("three",)
    scene = (Objects((pod("far-1"), service("far-1", type="NodePort", nodePort=30199)), ready=("far-1",)),)
    changes = (nft_chain("node-3", "ip", "prerouting", 'iifname "eth0" tcp dport 30199 drop', "-300"),)
