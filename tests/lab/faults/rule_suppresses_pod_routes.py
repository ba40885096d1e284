# SPDX-License-Identifier: GPL-3.0-or-later
"""Routing rules of node-1 take no route of main as long as a pod network's, and go on to an uplink."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Routing rules of node-1 take no route of main as long as a pod network's, and go on to an uplink."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-1",
            """ip route add default via 192.0.2.1 dev eth0 table 306
            ip rule add pref 306 from <client-1>/32 lookup main suppress_prefixlength 24
            ip rule add pref 307 from <client-1>/32 to 10.0.0.0/8 lookup 306""",
            """ip rule del pref 307
            ip rule del pref 306
            ip route flush table 306""",
        ),
    )
