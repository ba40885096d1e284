# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy rules that jump to where no rule is, and one that is for nobody."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Policy rules that jump to where no rule is, and one that is for nobody."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-1",
            """ip rule add pref 50 from <client-1> goto 20000
            ip route add blackhole 10.244.2.0/24 table 91
            ip rule add pref 60 not from 10.244.0.0/16 to 10.244.0.0/16 iif flannel.1 goto 70
            ip rule add pref 65 not from all lookup 91""",
            """ip rule del pref 65
            ip rule del pref 60
            ip rule del pref 50
            ip route flush table 91""",
        ),
    )
