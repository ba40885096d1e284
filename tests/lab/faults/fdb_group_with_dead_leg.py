# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1's tunnel spreads what is for node-2 over a group of two ends, of which one is nobody."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1's tunnel spreads what is for node-2 over a group of two ends, of which one is nobody."""

    truth = Truth(id="fdb-entry-wrong", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    attempts = 24
    lost = (3, 22)
    changes = (
        Run(
            "node-1",
            """ip nexthop add id 71 via 192.0.2.12 fdb
            ip nexthop add id 72 via 192.0.2.99 fdb
            ip nexthop add id 70 group 71/72 fdb
            bridge fdb del <node-2.vtep> dev flannel.1
            bridge fdb add <node-2.vtep> dev flannel.1 nhid 70 self permanent""",
            """bridge fdb del <node-2.vtep> dev flannel.1
            bridge fdb replace <node-2.vtep> dev flannel.1 dst 192.0.2.12 self permanent
            ip nexthop del id 70
            ip nexthop del id 71
            ip nexthop del id 72""",
        ),
    )
