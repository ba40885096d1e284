# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel.1 of node-1 has another port than those of the two other nodes."""

from __future__ import annotations

from podnet_lab.changes import Frozen
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.tunnels import Tunnel


class FaultClass(Made):
    """flannel.1 of node-1 has another port than those of the two other nodes."""

    truth = Truth(
        id="tunnel-port-mismatch",
        location={"node": "node-1", "device": "flannel.1"},
        destination="pod:default/client-2",
        protocol="icmp",
    )
    modes = ("three",)
    changes = (Frozen("node-1", "flanneld", replaced=True), Tunnel("node-1", ("node-2", "node-3"), port=8473))
