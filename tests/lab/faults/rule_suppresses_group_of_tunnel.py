# SPDX-License-Identifier: GPL-3.0-or-later
"""Routing rules of node-1 take no route of main by a device of the tunnel's group, and go on to an uplink."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Routing rules of node-1 take no route of main by a device of the tunnel's group, and go on to an uplink."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables", "iptables")
    changes = (
        Run(
            "node-1",
            """ip link set flannel.1 group 66
            ip route add default via 192.0.2.1 dev eth0 table 312
            ip rule add pref 312 from <client-1>/32 lookup main suppress_ifgroup 66
            ip rule add pref 313 from <client-1>/32 to 10.0.0.0/8 lookup 312""",
            """ip rule del pref 313
            ip rule del pref 312
            ip route flush table 312
            ip link set flannel.1 group default""",
        ),
    )
