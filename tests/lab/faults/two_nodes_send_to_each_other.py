# SPDX-License-Identifier: GPL-3.0-or-later
"""Two nodes think that the other one knows the way to node-3's pods: packets go in a circle."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

ROUTE = "ip route replace 10.244.3.0/24 via {} dev flannel.1 onlink"


class FaultClass(Made):
    """Two nodes think that the other one knows the way to node-3's pods: packets go in a circle."""

    truth = Truth(id="route-wrong", destination="pod:default/echo-3", port=8080)
    modes = ("three",)
    scene = (serving("echo-3", "node-3"),)
    changes = (
        Frozen("node-1", "flanneld"),
        Frozen("node-2", "flanneld"),
        Run("node-1", ROUTE.format("10.244.2.0"), ROUTE.format("10.244.3.0")),
        Run("node-2", ROUTE.format("10.244.1.0"), ROUTE.format("10.244.3.0")),
    )
