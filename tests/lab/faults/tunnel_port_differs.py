# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel.1 of node-2 sends to and listens on another port than flannel is configured for."""

from __future__ import annotations

from podnet_lab.changes import Frozen
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.tunnels import Tunnel


class FaultClass(Made):
    """flannel.1 of node-2 sends to and listens on another port than flannel is configured for."""

    truth = Truth(
        id="tunnel-port-mismatch",
        location={"node": "node-2", "device": "flannel.1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (Frozen("node-2", "flanneld", replaced=True), Tunnel("node-2", ("node-1",), port=8473))
