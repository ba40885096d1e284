# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel.1 of node-2 has another VNI than that of node-1."""

from __future__ import annotations

from podnet_lab.changes import Frozen
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.tunnels import Tunnel


class FaultClass(Made):
    """flannel.1 of node-2 has another VNI than that of node-1."""

    truth = Truth(
        id="tunnel-vni-mismatch",
        location={"node": "node-2", "device": "flannel.1"},
        destination="pod:default/client-2",
        protocol="icmp",
    )
    changes = (Frozen("node-2", "flanneld", replaced=True), Tunnel("node-2", ("node-1",), vni=2))
