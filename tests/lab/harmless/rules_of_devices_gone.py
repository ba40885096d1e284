# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy rules of node-1 name devices that are gone, and lead to tables without a way."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Policy rules of node-1 name devices that are gone, and lead to tables without a way."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-1",
            """
            ip link add wg9 type bridge
            ip rule add pref 900 iif wg9 lookup 77
            ip rule add pref 901 oif wg9 lookup 77
            ip route add blackhole default table 77
            ip link del wg9
            """,
            "ip rule del pref 900\nip rule del pref 901\nip route flush table 77",
        ),
    )
