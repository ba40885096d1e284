# SPDX-License-Identifier: GPL-3.0-or-later
"""A group of next hops on node-1 leads to the same node twice."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A group of next hops on node-1 leads to the same node twice."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("host-gw",)
    changes = (
        Run(
            "node-1",
            """ip nexthop add id 51 via 192.0.2.12 dev eth0
            ip nexthop add id 52 via 192.0.2.12 dev eth0
            ip nexthop add id 53 group 51,2/52,1
            ip route add <web-2>/32 nhid 53""",
            """ip route del <web-2>/32
            ip nexthop del id 53
            ip nexthop del id 52
            ip nexthop del id 51""",
        ),
    )
