# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2's routing rule takes nothing of main that leaves by a group of devices, and the next one refuses."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2's routing rule takes nothing of main that leaves by a group of devices, and the next one refuses."""

    truth = Truth(
        id="policy-route-diverts", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables",)
    changes = (
        Run(
            "node-2",
            """ip link set eth0 group 7
            ip link set flannel.1 group 7""",
            """ip link set eth0 group default
            ip link set flannel.1 group default""",
        ),
        Run(
            "node-2",
            """ip route add prohibit default table 171
            ip rule add pref 170 from <web-2> iif cni0 lookup main suppress_ifgroup 7
            ip rule add pref 171 from <web-2> iif cni0 lookup 171""",
            """ip rule del pref 171
            ip rule del pref 170
            ip route flush table 171""",
        ),
    )
