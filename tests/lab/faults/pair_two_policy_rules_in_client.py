# SPDX-License-Identifier: GPL-3.0-or-later
"""Two policy rules of the client take its packets, one behind the other, and a route of node-2 is wrong."""

from __future__ import annotations

from podnet_lab.changes import Run, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.truth import Cause


class FaultClass(Made):
    """Two policy rules of the client take its packets, one behind the other, and a route of node-2 is wrong."""

    truth = Truth(
        id="policy-route-diverts",
        location={"node": "node-1", "pod": "client-1"},
        second=Cause("route-blackhole", {"node": "node-2"}),
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    changes = (
        in_pod("client-1", "ip rule add priority 1002 to <web-2>/20 unreachable", "ip rule del priority 1002"),
        in_pod(
            "client-1",
            """ip route add prohibit default table 77
            ip rule add priority 1000 from <client-1> to <web-2> table 77""",
            """ip rule del priority 1000
            ip route flush table 77""",
        ),
        Run("node-2", "ip route add unreachable <client-1>/32", "ip route del unreachable <client-1>/32"),
    )
