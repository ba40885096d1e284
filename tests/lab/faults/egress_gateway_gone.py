# SPDX-License-Identifier: GPL-3.0-or-later
"""What a pod sends out of the cluster goes to a gateway that is no more."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """What a pod sends out of the cluster goes to a gateway that is no more."""

    truth = Truth(id="policy-route-diverts", location={"node": "node-1"}, destination="host:outside", port=22)
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            """
            ip route add default via 192.0.2.250 dev eth0 table 200
            ip rule add pref 900 from <client-1>/32 to 198.51.100.0/24 lookup 200
            """,
            """
            ip rule del pref 900
            ip route flush table 200
            """,
        ),
    )
