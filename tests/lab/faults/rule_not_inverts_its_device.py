# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-2 is for all that is not from the tunnel to one address, so for all answers too."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A rule of node-2 is for all that is not from the tunnel to one address, so for all answers too."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-2",
            """ip route add unreachable 10.244.1.0/24 table 90
            ip rule add pref 90 not iif flannel.1 to 10.244.2.250/32 lookup 90""",
            """ip rule del pref 90
            ip route flush table 90""",
        ),
    )
