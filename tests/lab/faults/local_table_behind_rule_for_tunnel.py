# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 asks its own addresses late, and a rule before that throws away the tunnel's packets."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 asks its own addresses late, and a rule before that throws away the tunnel's packets."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables",)
    changes = (
        Run(
            "node-2",
            """ip route add blackhole default table 77
            ip rule add pref 200 lookup local
            ip rule del pref 0
            ip rule add pref 100 from 192.0.2.11 to 192.0.2.12 ipproto udp dport 8472 lookup 77""",
            """ip rule del pref 100
            ip rule add pref 0 lookup local
            ip rule del pref 200
            ip route flush table 77""",
        ),
    )
