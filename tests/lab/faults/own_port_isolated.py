# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod's port of node-2's bridge is isolated, and no other one is: only to itself does the bridge not send."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A pod's port of node-2's bridge is isolated, and no other one is: only to itself does the bridge not send."""

    truth = Truth(
        id="bridge-port-detached",
        location={"node": "node-2"},
        source="pod:default/lone-1",
        destination="service:default/lone-1",
        port=80,
    )
    modes = ("nftables", "host-gw")
    scene = (Objects((pod("lone-1"), service("lone-1")), ready=("lone-1",)),)
    changes = (
        Run(
            "node-2", "bridge link set dev <lone-1.veth> isolated on", "bridge link set dev <lone-1.veth> isolated off"
        ),
    )
