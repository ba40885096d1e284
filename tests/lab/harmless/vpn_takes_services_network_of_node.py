# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPN's route on node-1 holds the services' network, and the node's own connections are translated before."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A VPN's route on node-1 holds the services' network, and the node's own connections are translated before."""

    truth = Truth(id="", source="node:node-1", destination="service:default/web", port=80)
    modes = ("nftables",)
    changes = (
        Run(
            "node-1",
            """ip tuntap add tun0 mode tun
            ip address add 10.8.0.2/24 dev tun0
            ip link set tun0 up
            ip route add 10.96.0.0/12 via 10.8.0.1 dev tun0""",
            "ip link del tun0",
        ),
    )
