# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 throws away and drops what its own programs send to the server; what its pods send is forwarded."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 throws away and drops what its own programs send to the server; what its pods send is forwarded."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (
        Run(
            "node-1",
            """ip route add blackhole default table 177
            ip rule add pref 177 iif lo to <web-2> lookup 177""",
            """ip rule del pref 177
            ip route flush table 177""",
        ),
        Rule("node-1", "filter OUTPUT -d <web-2>/32 -p tcp -j REJECT"),
        Rule("node-1", "filter INPUT -s <web-2>/32 -p tcp -j DROP"),
    )
