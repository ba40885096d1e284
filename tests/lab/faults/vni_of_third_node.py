# SPDX-License-Identifier: GPL-3.0-or-later
"""node-3 was set up with the tunnel's number of another cluster; the two others agree."""

from __future__ import annotations

from podnet_lab.changes import Frozen
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.tunnels import Tunnel


class FaultClass(Made):
    """node-3 was set up with the tunnel's number of another cluster; the two others agree."""

    truth = Truth(
        id="tunnel-vni-mismatch",
        location={"node": "node-3", "device": "flannel.1"},
        destination="pod:default/echo-3",
        port=8080,
    )
    modes = ("three",)
    scene = (serving("echo-3", "node-3"),)
    changes = (Frozen("node-3", "flanneld", replaced=True), Tunnel("node-3", ("node-1", "node-2"), vni=4096))
