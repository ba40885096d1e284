# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel.1 of node-1, where the question starts, is the odd one out of two: the configuration says so."""

from __future__ import annotations

from podnet_lab.changes import Frozen
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.tunnels import Tunnel


class FaultClass(Made):
    """flannel.1 of node-1, where the question starts, is the odd one out of two: the configuration says so."""

    truth = Truth(
        id="tunnel-port-mismatch",
        location={"node": "node-1", "device": "flannel.1"},
        destination="pod:default/client-2",
        protocol="icmp",
    )
    changes = (Frozen("node-1", "flanneld", replaced=True), Tunnel("node-1", ("node-2",), port=8473))
