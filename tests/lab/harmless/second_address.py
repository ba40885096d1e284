# SPDX-License-Identifier: GPL-3.0-or-later
"""eth0 of node-1 has a second address that nothing uses, cni0 of node-2 too."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """eth0 of node-1 has a second address that nothing uses, cni0 of node-2 too."""

    truth = Truth(id="", destination="service:default/web", port=80)
    modes = ("iptables", "host-gw")
    changes = (
        Run("node-1", "ip address add 192.0.2.77/24 dev eth0", "ip address del 192.0.2.77/24 dev eth0"),
        Run("node-2", "ip address add 172.30.9.1/24 dev cni0", "ip address del 172.30.9.1/24 dev cni0"),
    )
