# SPDX-License-Identifier: GPL-3.0-or-later
"""A routing rule of node-2 throws away what its bridge sends to others than nodes: the answers to pods."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A routing rule of node-2 throws away what its bridge sends to others than nodes: the answers to pods."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-2",
            """ip route add unreachable default table 308
            ip rule add pref 308 not to 192.0.2.0/24 iif cni0 ipproto tcp lookup 308""",
            """ip rule del pref 308
            ip route flush table 308""",
        ),
    )
