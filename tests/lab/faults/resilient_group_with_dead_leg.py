# SPDX-License-Identifier: GPL-3.0-or-later
"""A resilient group of next hops gives half of node-1's connections to an address that nobody has."""

from __future__ import annotations

from podnet_lab.changes import Run, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A resilient group of next hops gives half of node-1's connections to an address that nobody has."""

    truth = Truth(id="route-wrong", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    attempts = 24
    lost = (3, 22)
    changes = (
        Sysctl("node-1", "net/ipv4/fib_multipath_hash_policy", "1", "0"),
        Run(
            "node-1",
            """ip nexthop add id 61 via 10.244.2.0 dev flannel.1 onlink
            ip nexthop add id 62 via 192.0.2.99 dev eth0
            ip nexthop add id 60 group 61/62 type resilient buckets 32
            ip route replace 10.244.2.0/24 nhid 60""",
            """ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink
            ip nexthop del id 60
            ip nexthop del id 61
            ip nexthop del id 62""",
        ),
    )
