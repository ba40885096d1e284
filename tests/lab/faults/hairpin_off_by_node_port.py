# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks a node port that leads back to itself, and the port of the bridge does not send back."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A pod asks a node port that leads back to itself, and the port of the bridge does not send back."""

    truth = Truth(
        id="hairpin-mode-off",
        location={"node": "node-2"},
        source="pod:default/self-1",
        destination="node:node-2",
        port=30098,
    )
    modes = ("nftables", "host-gw")
    scene = (Objects((pod("self-1"), service("self-1", type="NodePort", nodePort=30098)), ready=("self-1",)),)
    changes = (
        Run("node-2", "bridge link set dev <self-1.veth> hairpin off", "bridge link set dev <self-1.veth> hairpin on"),
    )
